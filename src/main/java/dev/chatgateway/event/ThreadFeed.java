package dev.chatgateway.event;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The poller's interface for hubs and commands. Every method may be called from any context; futures complete on the
 * caller's context. Updates are published as {@link ThreadUpdate} on the {@link UpdateBus}.
 */
public interface ThreadFeed {
    /**
     * Polls a thread for a subscriber until {@link #unwatch}. The hub registers the subscriber and holds its events before
     * it calls this method, so that no update between the result and the first delivery is lost.
     *
     * <p>For a user whom no known roster names, a get-thread call with its own token comes first, so that a non-member uses
     * nothing of the thread's quota. Completes when the user is proven to be a participant (by a list-participants call
     * that names it, or by such a roster younger than 30 s) and the thread was polled at least once since the call of this
     * method. No call is needed for a user whom such a roster names and who resumes from a position that the poller knows.
     * For a watch that begins at a time ({@link Position#isStart}) a roster up to ten minutes old suffices if the user's own
     * thread list, at most 30 s old, has the thread; and the thread is not polled faster if it has subscribers already.
     * Fails with the service's own refusal, like the calls of {@code upstream}.
     */
    Future<Watched> watch(Watch watch);

    /** Ends a subscriber's watch. Some time after the last one has ended the thread is no longer polled. Idempotent. */
    void unwatch(String threadId, String subscriberId);

    /**
     * Whether a listing with the subscriber's own token has a message. Needed for messages within the second of a
     * {@code shareHistoryTime} that the service has rounded down, because its true time is not known.
     *
     * @param version of the message state: a listing, newest version first, is followed down to it
     */
    Future<Boolean> sees(String threadId, String subscriberId, String messageId, long version);

    /**
     * What is known of a thread that a user watches on this node, for a list that needs no call of the service. A part is null
     * where it is not fresh: the thread is not polled by itself, its last poll has failed, or a write through the gateway was
     * not read yet. Both parts are null for a user who watches the thread with no usable token, or is no participant.
     */
    default Future<Listed> listed(String threadId, String userId) {
        return Future.succeededFuture(Listed.NOTHING);
    }

    /** Lists that need no call. */
    record Listed(
            @Nullable List<Participant> participants,
            @Nullable List<ReadReceipt> receipts) {
        /** Nothing is fresh. */
        public static final Listed NOTHING = new Listed(null, null);
    }

    /** Replaces the connection's token in all its watches. */
    void replaceToken(String subscriberId, UserToken token);

    /**
     * A write through the gateway succeeded: the thread is polled at once, and again until the change is found.
     *
     * @param poke the expected change; refresh hints of one thread are combined
     */
    void poke(Poke poke);

    /** The service has pushed a change: handled as a refresh hint. Pushes are also compared with what polls find. */
    default void pushed(Poke poke) {
        poke(poke);
    }

    /** The service has pushed a typing notification: published if the roster names the sender and no recent one was. */
    default void typingPushed(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        typing(threadId, senderId, senderDisplayName, receivedOn);
    }

    /** The service accepted a typing notification: published to the thread's subscribers, because no call can list it. */
    void typing(String threadId, String senderId, String senderDisplayName, Instant receivedOn);

    /**
     * The rate limits do not allow to send the typing notification of a proven user to the service: it is published to the
     * thread's subscribers if a roster younger than 30 s names the sender, at most once in 5 s.
     */
    void typingThrottled(String threadId, String senderId, String senderDisplayName, Instant receivedOn);

    /**
     * A subscriber's request.
     *
     * @param subscriberId id of the connection, unique in this process; a second watch of a thread replaces the first
     * @param token the connection's own token; never leaves the node
     * @param include the parts of the thread's state that {@link Watched#snapshot} should have
     * @param since position to resume from; null to start
     */
    record Watch(
            String threadId,
            String subscriberId,
            UserToken token,
            Set<EventGroup> groups,
            Set<ThreadSnapshot.Part> include,
            @Nullable Position since) {
        /** A request without state. */
        public Watch(
                String threadId,
                String subscriberId,
                UserToken token,
                Set<EventGroup> groups,
                @Nullable Position since) {
            this(threadId, subscriberId, token, groups, Set.of(), since);
        }
    }

    /**
     * The state that a subscription starts from. All later updates follow.
     *
     * @param revision of the last update that the state includes; an update may arrive before or after this result
     * @param newestId id of the newest message, epoch milliseconds; 0 when there is none. A listing without it is outdated
     * @param published the states of a listing that no update will carry; {@code NONE} where no listing is needed
     * @param overlapMs how much later than newer states a state may be published, in milliseconds
     * @param horizon time of the oldest message whose edits and deletes are found
     * @param horizonStalenessMs longest expected time between such a change and its event, in milliseconds; for a change
     *     made through the gateway {@code freshness} applies
     * @param snapshot the state at the revision
     * @param catchUp the changes since the requested position; null without one
     */
    record Watched(
            long revision,
            Roster roster,
            Position position,
            long newestId,
            PublishedStates published,
            long overlapMs,
            ThreadProperties properties,
            Instant horizon,
            long horizonStalenessMs,
            Freshness freshness,
            ThreadSnapshot snapshot,
            @Nullable CatchUp catchUp) {
        /** The same state with another catch-up. */
        public Watched with(CatchUp other) {
            return new Watched(
                    revision,
                    roster,
                    position,
                    newestId,
                    published,
                    overlapMs,
                    properties,
                    horizon,
                    horizonStalenessMs,
                    freshness,
                    snapshot,
                    other);
        }
    }

    /**
     * The changes between a subscriber's position and the current one.
     *
     * @param resync why the items are not complete, so that fresh state is needed; null when they are complete
     * @param items newest state of everything that changed, for all members: the hub applies visibility
     */
    record CatchUp(@Nullable Resync resync, List<ThreadUpdate.Item> items) {
        /** No changes; fresh state is needed. */
        public static CatchUp impossible(Resync resync) {
            return new CatchUp(resync, List.of());
        }
    }

    /**
     * A refresh hint: a change that a poll of the thread should find.
     *
     * @param threadId the changed thread
     * @param messageId the changed message; empty when it is not known
     * @param version lowest version that the message must have; 0 when unknown
     * @param deleted whether the thread itself was deleted
     * @param parts what may have changed besides messages
     * @param cause trace context of the write, in the format of the header {@code traceparent}; empty without one
     */
    record Poke(String threadId, String messageId, long version, boolean deleted, Set<EventGroup> parts, String cause) {
        /** Nodes of an older version send no cause. */
        public Poke {
            cause = Objects.requireNonNullElse(cause, "");
        }

        /** A hint without a trace. */
        public Poke(String threadId, String messageId, long version, boolean deleted, Set<EventGroup> parts) {
            this(threadId, messageId, version, deleted, parts, "");
        }

        /** The same hint with a trace context, unless that is empty. */
        public Poke causedBy(String traceparent) {
            return traceparent.isEmpty() ? this : new Poke(threadId, messageId, version, deleted, parts, traceparent);
        }
    }
}
