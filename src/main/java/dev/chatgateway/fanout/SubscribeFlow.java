package dev.chatgateway.fanout;

import dev.chatgateway.event.Participant;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.fanout.Subscription.Hold;
import dev.chatgateway.protocol.EventPayloads;
import dev.chatgateway.protocol.RpcError;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a subscribe request: membership proof and position from the poller, a listing of the newest messages if
 * needed, the result, the held events. Used on the hub's event loop only.
 */
final class SubscribeFlow {
    private static final int MAX_LISTINGS = 5;
    private static final long RETRY_MS = 100;
    /** Messages listed for a client that must take fresh state and named no limit. */
    private static final int FRESH_STATE_MESSAGES = 50;
    /** A state that the service lists late makes a resume from an earlier cursor list further back than the overlap. */
    private static final long LATE_MS = 60_000;

    private final Vertx vertx;
    private final HubContext context;
    private final Snapshots snapshots;

    SubscribeFlow(Vertx vertx, HubContext context, Snapshots snapshots) {
        this.vertx = vertx;
        this.context = context;
        this.snapshots = snapshots;
    }

    /**
     * What the result is made of.
     *
     * @param messages null when none are listed
     * @param listed the same messages, id to version
     */
    private record State(Watched watched, @Nullable JsonArray messages, Map<Long, Long> listed) {}

    /**
     * Answers a subscribe request.
     *
     * @param subscription already added to the topic, so that its events are held
     * @param since position of the client's cursor; null for a first subscription
     * @param result completed with the result or the refusal
     * @param onFailure run before the result is failed, to remove the subscription
     */
    void run(
            Subscription subscription,
            HubTopic topic,
            @Nullable Position since,
            Completable<JsonObject> result,
            Runnable onFailure) {
        SubscribeRequest request = subscription.request();
        String subscriberId = subscription.subscriber().id();
        boolean resumes = since != null && !since.isStart();
        context.feed()
                .watch(new Watch(
                        request.threadId(), subscriberId, request.token(), request.groups(), request.include(), since))
                .map(watched -> checkHistory(request, since, watched))
                .compose(watched -> listIfNeeded(request, topic, watched, MAX_LISTINGS))
                .onComplete(state -> topic.whenIdle(() -> {
                    if (subscription.ended()) {
                        result.fail(withdrawn());
                    } else if (state.failed()) {
                        onFailure.run();
                        if (resumes) {
                            context.metrics().fanout().resumed("refused", 0);
                        }
                        result.fail(state.cause());
                    } else {
                        answer(subscription, topic, state.result(), resumes, result);
                    }
                }));
    }

    /** A user whose history begins after its cursor was removed and added again in between: it must take fresh state. */
    private static Watched checkHistory(SubscribeRequest request, @Nullable Position since, Watched watched) {
        boolean other = since != null
                && since.metadata() instanceof Position.Hashed
                && watched.roster()
                        .member(request.token().userId())
                        .filter(m -> m.shareHistoryTime().toEpochMilli() > since.version())
                        .isPresent();
        return other
                ? watched.with(CatchUp.impossible(new Resync(ResyncReason.MEMBERSHIP_CHANGED, Resync.Cause.MEMBERSHIP)))
                : watched;
    }

    /**
     * Lists the newest messages unless a replay completes the client's state. A listing that is older than what the poller
     * knows would lose a message: it would be neither in the result nor in an update. It is repeated.
     */
    private Future<State> listIfNeeded(SubscribeRequest request, HubTopic topic, Watched watched, int attemptsLeft) {
        CatchUp catchUp = watched.catchUp();
        if (complete(catchUp)) {
            return Future.succeededFuture(new State(watched, null, Map.of()));
        }
        int limit = request.limit() > 0 || catchUp == null ? request.limit() : FRESH_STATE_MESSAGES;
        if (limit == 0) {
            return Future.succeededFuture(new State(watched, null, Map.of()));
        }
        return newest(request, topic, watched, limit, attemptsLeft).compose(newest -> {
            Map<Long, Long> listed = versions(newest.messages());
            if (!outdated(request, topic, watched, newest.readTo(), listed)) {
                return Future.succeededFuture(new State(watched, newest.messages(), listed));
            }
            if (attemptsLeft == 1) {
                return Future.failedFuture(new RpcError(
                        503,
                        "The chat service's listing is behind.",
                        RpcError.data("ServiceUnavailable", true, 1_000)));
            }
            Promise<Void> retry = Promise.promise();
            vertx.setTimer(RETRY_MS, fired -> retry.complete());
            return retry.future().compose(v -> listIfNeeded(request, topic, watched, attemptsLeft - 1));
        });
    }

    /** Only the first listing of a request is shared: one that was outdated is repeated at once. */
    private Future<Snapshots.Newest> newest(
            SubscribeRequest request, HubTopic topic, Watched watched, int limit, int attemptsLeft) {
        Supplier<Future<Snapshots.Newest>> list = () -> snapshots.newest(request.token(), request.threadId(), limit);
        Optional<Participant> member = watched.roster().member(request.token().userId());
        return attemptsLeft < MAX_LISTINGS || member.isEmpty()
                ? list.get()
                : topic.listing()
                        .newest(vertx, Visibility.of(request.groups(), request.include(), member.get()), limit, list);
    }

    private static boolean complete(@Nullable CatchUp catchUp) {
        return catchUp != null && catchUp.resync() == null;
    }

    /**
     * Whether a listing lacks what the poller knows: a message that the user sees, or a newer state of a listed message. Ids
     * are compared, because visibility depends on the id only. Ids below {@code readTo} are not compared: so many changes of
     * old messages may precede the newest message that the listing does not reach it.
     */
    private static boolean outdated(
            SubscribeRequest request, HubTopic topic, Watched watched, long readTo, Map<Long, Long> listed) {
        long visibleFrom = watched.roster()
                .member(request.token().userId())
                .map(m -> Visibility.of(request.groups(), request.include(), m).from())
                .orElse(Long.MAX_VALUE);
        long known = watched.newestId();
        long newest = listed.keySet().stream().mapToLong(Long::longValue).max().orElse(0);
        return (known > visibleFrom && known >= readTo && newest < known)
                || topic.delivered().hasNewerThan(listed);
    }

    /**
     * Completes the request, then delivers what was held.
     *
     * @param resumes whether the subscription continues an earlier one, for the metrics
     */
    private void answer(
            Subscription subscription, HubTopic topic, State state, boolean resumes, Completable<JsonObject> result) {
        Participant member =
                state.watched.roster().member(subscription.userId()).orElseThrow();
        SubscribeRequest request = subscription.request();
        Visibility visibility = Visibility.of(request.groups(), request.include(), member);
        Watched watched = withoutSent(subscription, state.watched, visibility);
        Map<Long, Long> listed =
                complete(watched.catchUp()) ? subscription.sent().unpublished(visibility) : state.listed;
        subscription.start(watched, visibility, listed, context.clock().millis());
        subscription.cursor(cursor(subscription, watched));
        topic.noteState(new IncludedState(watched.roster(), watched.snapshot()), watched.revision());
        CatchUp catchUp = watched.catchUp();
        if (catchUp != null && resumes) {
            String outcome = complete(catchUp) ? "complete" : "resync";
            context.metrics().fanout().resumed(outcome, catchUp.items().size());
            Resync resync = catchUp.resync();
            if (resync != null) {
                ResyncRecorder.thread(context.metrics(), topic.threadId(), resync, 1);
            }
        }
        PreparedUpdate replay = null;
        if (catchUp != null && !catchUp.items().isEmpty()) {
            replay = topic.replays().of(watched, catchUp);
            subscription.holdFirst(replay);
        }
        subscription
                .sent()
                .start(watched.revision(), replay, complete(catchUp), visibility, recent(state.listed, watched));
        boolean detached = deliversHeldEvents(subscription, topic, visibility)
                || !subscription.canShareFrames(context.clock().millis());
        subscription.nextSeq(detached ? 1 : topic.audiences().nextSeq(visibility));
        result.succeed(json(subscription, new State(watched, state.messages, state.listed)));
        subscription.release(Hold.ANSWER);
        topic.audiences().deliverHeld(subscription, topic);
    }

    /** Whether a held event is delivered, or may be, so that the subscription needs numbers of its own. */
    private static boolean deliversHeldEvents(Subscription subscription, HubTopic topic, Visibility visibility) {
        return subscription.anyHeld(prepared -> prepared.events().stream()
                .anyMatch(event ->
                        visibility.undecided(event) || topic.audiences().isVisible(subscription, visibility, event)));
    }

    /** Those listed states that a resume from the result's cursor may return again. Most threads have none. */
    private static Map<Long, Long> recent(Map<Long, Long> listed, Watched watched) {
        long low = watched.position().version() - watched.overlapMs() - LATE_MS;
        Map<Long, Long> recent = new HashMap<>(listed);
        recent.values().removeIf(version -> version <= low);
        return recent.isEmpty() ? Map.of() : Map.copyOf(recent);
    }

    /** Leaves out of a replay what an earlier subscription of the connection has sent. */
    private static Watched withoutSent(Subscription subscription, Watched watched, Visibility visibility) {
        CatchUp catchUp = watched.catchUp();
        return catchUp == null || catchUp.resync() != null
                ? watched
                : watched.with(subscription.sent().withoutSent(catchUp, visibility));
    }

    /** The cursor of the result. Before a replay this is the client's own cursor: it has none of the replay's events yet. */
    private String cursor(Subscription subscription, Watched watched) {
        CatchUp catchUp = watched.catchUp();
        String before = subscription.request().cursor();
        return before != null && catchUp != null && !catchUp.items().isEmpty()
                ? before
                : context.cursors().encode(subscription.request().threadId(), watched.position());
    }

    private JsonObject json(Subscription subscription, State answer) {
        Watched watched = answer.watched;
        CatchUp catchUp = watched.catchUp();
        Resync resync = catchUp == null ? null : catchUp.resync();
        JsonObject json = new JsonObject()
                .put("cursor", subscription.cursor())
                .put("properties", EventPayloads.restProperties(watched.properties()))
                .put("seq", subscription.nextSeq())
                .put("recovered", resync == null ? "complete" : "resync")
                .put("horizon", EventPayloads.time(watched.horizon()))
                .put("horizonStalenessMs", watched.horizonStalenessMs())
                .put("freshness", Notifications.json(watched.freshness()));
        if (resync != null) {
            json.put("reason", resync.reason().token());
        }
        SubscribeRequest request = subscription.request();
        if (!request.include().isEmpty()) {
            IncludedState known = new IncludedState(watched.roster(), watched.snapshot());
            IncludedState state = answer.messages == null ? known : known.with(answer.messages);
            json.mergeIn(state.json(request.include(), subscription.userId()));
        }
        return answer.messages == null ? json : json.put("messages", answer.messages);
    }

    private static Map<Long, Long> versions(JsonArray messages) {
        Map<Long, Long> versions = new HashMap<>();
        for (Object entry : messages) {
            if (entry instanceof JsonObject message) {
                String id = message.getString("id");
                versions.put(Long.parseLong(id), Long.parseLong(message.getString("version", id)));
            }
        }
        return versions;
    }

    private static RpcError withdrawn() {
        return new RpcError(409, "The subscription was given up.", RpcError.data("Conflict", false, -1));
    }
}
