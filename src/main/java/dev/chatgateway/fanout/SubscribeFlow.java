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
import org.jspecify.annotations.Nullable;

/** Brings a subscription to life: proof and position from the poller, first messages if wanted, answer, held events. */
final class SubscribeFlow {
    private static final int TRIES = 5;
    private static final long AGAIN_MS = 100;
    private static final int FRESH_STATE = 50;
    /** A state that the service lists late makes resumes from earlier cursors read further down than the overlap. */
    private static final long LATE_MS = 60_000;

    private final Vertx vertx;
    private final HubContext env;
    private final Snapshots snapshots;

    SubscribeFlow(Vertx vertx, HubContext env, Snapshots snapshots) {
        this.vertx = vertx;
        this.env = env;
        this.snapshots = snapshots;
    }

    /** What the answer is made of. */
    private record State(Watched watched, @Nullable JsonArray messages, Map<Long, Long> shown) {}

    /**
     * @param since where the client stopped; null for a first subscription
     * @param thread where the subscription is registered already, so that its events are held
     * @param failed what to do when it can't be
     */
    void begin(
            Subscription subscription,
            HubTopic thread,
            @Nullable Position since,
            Completable<JsonObject> answer,
            Runnable failed) {
        SubscribeRequest request = subscription.request();
        String subscriberId = subscription.subscriber().id();
        env.feed()
                .watch(new Watch(request.threadId(), subscriberId, request.token(), request.groups(), since))
                .map(watched -> judged(request, since, watched))
                .compose(watched -> state(request, thread, watched, TRIES))
                .onComplete(result -> thread.whenIdle(() -> {
                    if (subscription.ended()) {
                        answer.fail(gone());
                    } else if (result.failed()) {
                        failed.run();
                        if (since != null) {
                            env.metrics().fanout().resumed("refused", 0);
                        }
                        answer.fail(result.cause());
                    } else {
                        live(subscription, thread, result.result(), answer);
                    }
                }));
    }

    /** Whose history begins after the point that it stopped at was removed and added meanwhile: it sees another past. */
    private static Watched judged(SubscribeRequest request, @Nullable Position since, Watched watched) {
        boolean other = since != null
                && watched.roster()
                        .member(request.token().userId())
                        .filter(m -> m.shareHistoryTime().toEpochMilli() > since.version())
                        .isPresent();
        return other
                ? watched.with(CatchUp.impossible(new Resync(ResyncReason.MEMBERSHIP_CHANGED, Resync.Cause.MEMBERSHIP)))
                : watched;
    }

    /** A listing may be behind the poller's: then a message would be in neither, so it is asked for again. */
    private Future<State> state(SubscribeRequest request, HubTopic thread, Watched watched, int tries) {
        CatchUp catchUp = watched.catchUp();
        if (complete(catchUp)) {
            return Future.succeededFuture(new State(watched, null, Map.of()));
        }
        int limit = request.limit() > 0 || catchUp == null ? request.limit() : FRESH_STATE;
        if (limit == 0) {
            return Future.succeededFuture(new State(watched, null, Map.of()));
        }
        return snapshots.newest(request.token(), request.threadId(), limit).compose(listed -> {
            Map<Long, Long> shown = states(listed.messages());
            if (!behind(request, thread, watched, listed.readTo(), shown)) {
                return Future.succeededFuture(new State(watched, listed.messages(), shown));
            }
            if (tries == 1) {
                return Future.failedFuture(new RpcError(
                        503,
                        "The chat service's listing is behind.",
                        RpcError.data("ServiceUnavailable", true, 1_000)));
            }
            Promise<Void> later = Promise.promise();
            vertx.setTimer(AGAIN_MS, fired -> later.complete());
            return later.future().compose(v -> state(request, thread, watched, tries - 1));
        });
    }

    private static boolean complete(@Nullable CatchUp catchUp) {
        return catchUp != null && catchUp.resync() == null;
    }

    /**
     * Whether a listing lacks what the poller has read already: a message that the user sees, or a newer state of one that
     * is listed. Ids are compared, as only they say what the user sees; and only those that the listing was read down to,
     * as very many changes of old messages may stand before the newest message.
     */
    private static boolean behind(
            SubscribeRequest request, HubTopic thread, Watched watched, long readTo, Map<Long, Long> shown) {
        long floor = watched.roster()
                .member(request.token().userId())
                .map(m -> Visibility.of(request.groups(), m).from())
                .orElse(Long.MAX_VALUE);
        long known = watched.newestId();
        long newest = shown.keySet().stream().mapToLong(Long::longValue).max().orElse(0);
        return (known > floor && known >= readTo && newest < known)
                || thread.delivered().ahead(shown);
    }

    private void live(Subscription subscription, HubTopic thread, State state, Completable<JsonObject> answer) {
        Participant member =
                state.watched.roster().member(subscription.userId()).orElseThrow();
        Visibility visibility = Visibility.of(subscription.request().groups(), member);
        Watched watched = news(subscription, state.watched, visibility);
        Map<Long, Long> shown =
                complete(watched.catchUp()) ? subscription.sent().ahead(visibility) : state.shown;
        subscription.begin(watched, visibility, shown, env.clock().millis());
        subscription.cursor(cursor(subscription, watched));
        CatchUp catchUp = watched.catchUp();
        if (catchUp != null) {
            String outcome = complete(catchUp) ? "complete" : "resync";
            env.metrics().fanout().resumed(outcome, catchUp.items().size());
            Resync resync = catchUp.resync();
            if (resync != null) {
                ResyncRecorder.thread(env.metrics(), thread.threadId(), resync, 1);
            }
        }
        PreparedUpdate replay = null;
        if (catchUp != null && !catchUp.items().isEmpty()) {
            replay = thread.replays().of(watched, catchUp);
            subscription.replay(replay);
        }
        subscription
                .sent()
                .begun(watched.revision(), replay, complete(catchUp), visibility, recent(state.shown, watched));
        boolean apart = subscription.holdsNews(batch -> batch.texts().stream()
                        .anyMatch(
                                t -> visibility.doubts(t) || thread.audiences().sees(subscription, visibility, t)))
                || !subscription.settled(env.clock().millis());
        subscription.next(apart ? 1 : thread.audiences().next(visibility));
        answer.succeed(json(subscription, new State(watched, state.messages, state.shown)));
        subscription.unhold(Hold.ANSWER);
        thread.audiences().release(subscription, thread);
    }

    /** Those that a resume from the answer's cursor may find again; in most threads there are none. */
    private static Map<Long, Long> recent(Map<Long, Long> shown, Watched watched) {
        long low = watched.position().version() - watched.overlapMs() - LATE_MS;
        Map<Long, Long> recent = new HashMap<>(shown);
        recent.values().removeIf(version -> version <= low);
        return recent.isEmpty() ? Map.of() : Map.copyOf(recent);
    }

    /** Without what the connection has been sent by an earlier subscription. */
    private static Watched news(Subscription subscription, Watched watched, Visibility visibility) {
        CatchUp catchUp = watched.catchUp();
        return catchUp == null || catchUp.resync() != null
                ? watched
                : watched.with(subscription.sent().news(catchUp, visibility));
    }

    /** Before a replay the client stands where it stood. */
    private String cursor(Subscription subscription, Watched watched) {
        CatchUp catchUp = watched.catchUp();
        String before = subscription.request().cursor();
        return before != null && catchUp != null && !catchUp.items().isEmpty()
                ? before
                : env.cursors().encode(subscription.request().threadId(), watched.position());
    }

    private JsonObject json(Subscription subscription, State state) {
        Watched watched = state.watched;
        CatchUp catchUp = watched.catchUp();
        Resync resync = catchUp == null ? null : catchUp.resync();
        JsonObject json = new JsonObject()
                .put("cursor", subscription.cursor())
                .put("properties", EventPayloads.restProperties(watched.properties()))
                .put("seq", subscription.next())
                .put("recovered", resync == null ? "complete" : "resync")
                .put("horizon", EventPayloads.time(watched.horizon()))
                .put("horizonStalenessMs", watched.horizonStalenessMs())
                .put("freshness", Notifications.json(watched.freshness()));
        if (resync != null) {
            json.put("reason", resync.reason().token());
        }
        return state.messages == null ? json : json.put("messages", state.messages);
    }

    private static Map<Long, Long> states(JsonArray messages) {
        Map<Long, Long> states = new HashMap<>();
        for (Object entry : messages) {
            if (entry instanceof JsonObject message) {
                String id = message.getString("id");
                states.put(Long.parseLong(id), Long.parseLong(message.getString("version", id)));
            }
        }
        return states;
    }

    private static RpcError gone() {
        return new RpcError(409, "The subscription was given up.", RpcError.data("Conflict", false, -1));
    }
}
