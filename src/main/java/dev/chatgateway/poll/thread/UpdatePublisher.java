package dev.chatgateway.poll.thread;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.poll.schedule.FreshnessWatch;
import dev.chatgateway.poll.schedule.PushTrust;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.PollResult;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.poll.threadlist.ThreadListPoller;
import dev.chatgateway.upstream.ChatServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Publishes a thread's updates to the hubs: events, notices, and how current they are. Lives on the poller's context. */
public final class UpdatePublisher {
    private final ThreadState state;
    private final PollContext context;
    private final FreshnessWatch freshness;
    private final IngestedMessages ingested = new IngestedMessages();
    private final ShownTyping typed = new ShownTyping();
    private final TypingStops typingStops;
    private final ThrottledTyping throttledTyping = new ThrottledTyping();
    private @Nullable PushTrust trust;
    /** What the leader has said last; valid while this node is its follower. */
    private @Nullable Freshness leaderFreshness;

    public UpdatePublisher(ThreadState state, PollContext context) {
        this.state = state;
        this.context = context;
        typingStops = new TypingStops(state, context, stops -> publish(stops, List.of(), null));
        freshness = new FreshnessWatch(
                state.interval,
                () -> ThreadListPoller.staleness(context.config().digestMs()));
    }

    /** How current events are now. */
    public Freshness freshness() {
        Freshness leader = leaderFreshness;
        // A source other than the one published last is outdated: a subscriber that is answered with it would not hear
        // of the change.
        return leader != null
                        && freshness.announced(leader.source())
                        && context.replication().isFollower(state.threadId)
                ? leader
                : freshness.now(context.scheduler().now());
    }

    /**
     * The leader says how current its events are; from then on failures of this node's own polls are not published.
     *
     * @return the notice for the subscribers on this node, if the change is one for them
     */
    Optional<Notice.FreshnessChanged> mirrorFreshness(Freshness leader, @Nullable String reason) {
        leaderFreshness = leader;
        return freshness.mirror(leader, reason);
    }

    private Optional<Notice.FreshnessChanged> freshnessChange(boolean covered, @Nullable ChatServiceException failure) {
        return leaderFreshness != null && context.replication().isFollower(state.threadId)
                ? Optional.empty()
                : freshness.change(context.scheduler().now(), covered, failure, unordered());
    }

    /** Whether the service may not list the thread by version, so that only the newest messages are compared. */
    private boolean unordered() {
        return context.listOrder().doubted(state.threadId, context.scheduler().now());
    }

    /** Whether the last freshness that was published names a thread list as the source. */
    boolean announcedListCoverage() {
        return freshness.announced(Freshness.Source.DIGEST);
    }

    /** A thread list was published as the source before the thread became idle. */
    public void restoreListCoverage() {
        freshness.restoreListCoverage();
    }

    /** Publishes what a poll has found; returns the notices that were published. */
    List<Notice> publish(PollResult result, boolean covered) {
        ChatServiceException failure = result.failure();
        List<Notice> notices = new ArrayList<>(result.notices());
        compareWithPushes(result.items());
        freshnessChange(covered, failure).ifPresent(notices::add);
        publish(result.items(), notices, result.deleted() ? EndReason.THREAD_DELETED : null);
        return notices;
    }

    /** A push names a message that was written, before the poll that looks for it. */
    void notePush(Poke push) {
        if (trust == null) {
            trust = new PushTrust();
        }
        if (!push.messageId().isEmpty()) {
            trust.announced(Long.parseLong(push.messageId()), push.version());
        }
    }

    private void compareWithPushes(List<Item> found) {
        long now = context.scheduler().now();
        if (trust != null) {
            trust.found(found, now);
            if (trust.disagrees(now)) {
                context.metrics().polls().pushDisagreed();
            }
            state.interval.trustPushes(trust.trusted());
        }
    }

    /** Publishes between two polls that a thread list covers the thread, or no longer does; the notice, if there is one. */
    Optional<Notice.FreshnessChanged> publishCoverage(boolean covered) {
        Optional<Notice.FreshnessChanged> change = freshnessChange(covered, null);
        change.ifPresent(notice -> publish(List.of(), List.of(notice), null));
        return change;
    }

    /** Whether the sender was not shown typing in the last seconds. */
    boolean isNewTyping(String senderId) {
        return typed.isNew(senderId, context.scheduler().now());
    }

    /** Whether a typing notification is shown that the service was not told of because of its rate limits. */
    boolean showsThrottledTyping(String senderId) {
        return throttledTyping.show(senderId, state.roster, context.scheduler().now());
    }

    /** Publishes that somebody is writing. */
    void publishTyping(TypingIndicator typing) {
        long now = context.scheduler().now();
        typed.add(typing.senderId(), now);
        state.typing.add(typing.senderId(), typing.senderDisplayName(), now);
        Item item = new Item(typing, position());
        publish(List.of(item), List.of(), null);
        context.replication().onTyping(typing);
    }

    /** The thread is no longer polled here. */
    void close() {
        typingStops.cancel();
    }

    /** Publishes messages that the service does not know. They do not change the schedule. */
    void publishIngested(List<String> contents) {
        long now = context.scheduler().now();
        List<Item> items = ingested.items(state.threadId, contents, position(), now);
        publish(items, List.of(), null);
        context.replication().onIngested(state.threadId, contents);
    }

    /** Tells all subscribers to take fresh state, and forgets the ring so that nobody resumes from before. */
    void publishResync(Resync.Cause cause) {
        state.ring.clear();
        publish(List.of(), List.of(new Notice.ResyncNeeded(new Resync(ResyncReason.GAP, cause))), null);
    }

    private Position position() {
        return state.position(context.scheduler().now());
    }

    private void recordDelay(Item item) {
        ChatEvent event = item.event();
        if (event.type().newMessage()) {
            context.metrics().polls().seen(context.scheduler().now() - event.historyVersion());
        }
    }

    /** Publishes an update to the hubs unless it is empty. */
    void publish(List<Item> found, List<Notice> notices, @Nullable EndReason end) {
        List<Item> items = typingStops.withStops(found);
        if (items.isEmpty() && notices.isEmpty() && end == null && !state.rosterChanged) {
            return;
        }
        state.rosterChanged = false;
        items.forEach(this::recordDelay);
        context.out()
                .accept(new ThreadUpdate(
                        state.threadId,
                        context.revisions().next(),
                        context.scheduler().now(),
                        state.roster,
                        position(),
                        state.snapshot(),
                        items,
                        notices,
                        end));
    }
}
