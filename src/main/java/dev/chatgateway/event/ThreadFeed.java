package dev.chatgateway.event;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the poller offers to hubs and commands. Every method may be called from any context; futures complete on the
 * caller's context. Updates go out as {@link ThreadUpdate} by the {@link UpdateBus}.
 */
public interface ThreadFeed {
    /**
     * Has a thread read for a subscriber from now on. The hub registers the subscriber before it calls (and holds its
     * events), so nothing falls between the answer and the first update.
     *
     * <p>A user whom no list of participants known here names is first asked about with a get-thread call of its own, and
     * costs the thread nothing if that is refused. Completes when the user is proven a participant (by a
     * list-participants call that names it, or by such a roster younger than 30 s) and the thread has been read at least
     * once since the call was made. A user whom such a roster names and who resumes from a position that the poller knows
     * costs no call. Fails with the service's own refusal, as the calls of {@code upstream} do.
     */
    Future<Watched> watch(Watch watch);

    /** Ends one subscriber's watch. After the last one the thread lingers, then is no longer read. Idempotent. */
    void unwatch(String threadId, String subscriberId);

    /**
     * Whether the subscriber itself is shown a message, asked with its own token: decides inside the second of a
     * whole-second {@code shareHistoryTime}, whose true moment is not known.
     *
     * @param version of the state that is to be shown: a listing in falling order of version is read down to it
     */
    Future<Boolean> sees(String threadId, String subscriberId, String messageId, long version);

    /** Gives the poller the connection's new token for all its watches. */
    void replaceToken(String subscriberId, UserToken token);

    /**
     * A write through the gateway succeeded: the thread is read at once, and again until the write is seen.
     *
     * @param poke what must become visible; pokes of one thread collapse
     */
    void poke(Poke poke);

    /** The service has pushed that something was written: as a poke; and its pushes are held against what readings find. */
    default void pushed(Poke poke) {
        poke(poke);
    }

    /** The service has pushed that somebody is writing: shown if the roster names the sender, and not shown just before. */
    default void typingPushed(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        typing(threadId, senderId, senderDisplayName, receivedOn);
    }

    /** The service accepted a typing notification: it goes to the thread's subscribers, as no call can read it back. */
    void typing(String threadId, String senderId, String senderDisplayName, Instant receivedOn);

    /**
     * A proven user is writing, but the rate limits keep the service from being told: it goes to the thread's subscribers
     * if a roster younger than 30 s names the sender, at most once in 5 s.
     */
    void typingThrottled(String threadId, String senderId, String senderDisplayName, Instant receivedOn);

    /**
     * A subscriber's wish.
     *
     * @param subscriberId names the connection, unique in this process; a second watch of a thread replaces its first
     * @param token the connection's own token; leaves the node never
     * @param since where the subscriber stopped, if it wants to go on from there
     */
    record Watch(
            String threadId,
            String subscriberId,
            UserToken token,
            Set<EventGroup> groups,
            @Nullable Position since) {}

    /**
     * The state that a subscription starts from: all updates after it follow.
     *
     * @param revision of the last update that the state includes; the answer and the updates travel on different ways
     * @param newestId of a message, epoch milliseconds; 0 when there is none: a listing without it is behind
     * @param published what of a listing will not come as an update; none where no listing is needed
     * @param overlapMs how much later than newer ones a state may be published, in milliseconds
     * @param horizon time of the oldest message whose edits and deletes are seen
     * @param horizonStalenessMs how old such a change may be before its event goes out, in milliseconds; one made through
     *     the gateway is as current as {@code freshness} says
     * @param catchUp what happened since the position asked for; null when none was
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
            @Nullable CatchUp catchUp) {
        /** The same state with another way to it. */
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
                    other);
        }
    }

    /**
     * How a subscriber gets from its position to the present one.
     *
     * @param resync null when the items are proved complete, else why that can't be proved
     * @param items the newest state of everything that changed, for all who may see the thread: the hub applies visibility
     */
    record CatchUp(@Nullable Resync resync, List<ThreadUpdate.Item> items) {
        /** Fresh state is needed. */
        public static CatchUp impossible(Resync resync) {
            return new CatchUp(resync, List.of());
        }
    }

    /**
     * @param threadId the thread written to
     * @param messageId the message that must be seen; empty string when only "something changed" is known
     * @param version least version that it must have; 0 when unknown
     * @param deleted whether the thread itself was deleted
     * @param parts what may have changed beside messages
     * @param cause names the write in its trace, as the header {@code traceparent} does; empty without one
     */
    record Poke(String threadId, String messageId, long version, boolean deleted, Set<EventGroup> parts, String cause) {
        /** Nodes of an older version tell no cause. */
        public Poke {
            cause = Objects.requireNonNullElse(cause, "");
        }

        /** Without a trace. */
        public Poke(String threadId, String messageId, long version, boolean deleted, Set<EventGroup> parts) {
            this(threadId, messageId, version, deleted, parts, "");
        }

        /** The same as a part of a trace. */
        public Poke causedBy(String traceparent) {
            return traceparent.isEmpty() ? this : new Poke(threadId, messageId, version, deleted, parts, traceparent);
        }
    }
}
