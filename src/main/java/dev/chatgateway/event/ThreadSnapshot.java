package dev.chatgateway.event;

import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the poller knows of a thread at one revision, besides its properties, its participants and the messages themselves.
 * Immutable, so that all event loops share one object.
 *
 * @param receipts the newest receipt of each reader; null where they are not known, or where the thread has more
 *     participants than the service keeps receipts for
 * @param typing the participants who are typing; null where that is not known
 * @param recent the newest messages, to count unread ones; null where nobody asked for a count, or where they are not known
 */
public record ThreadSnapshot(
        @Nullable List<ReadReceipt> receipts,
        @Nullable List<Typing> typing,
        @Nullable Recent recent) {
    /** Nothing is known. */
    public static final ThreadSnapshot UNKNOWN = new ThreadSnapshot(null, null, null);

    /** Parts of a thread's state that a client selects in the parameter {@code include} of {@code subscribe}. */
    public enum Part {
        PARTICIPANTS("participants"),
        RECEIPTS("receipts"),
        TYPING("typing"),
        INBOX("inbox");

        private final String token;

        Part(String token) {
            this.token = token;
        }

        /** The name in the protocol. */
        public String token() {
            return token;
        }

        /** The part with that name in the protocol; empty for an unknown name. */
        public static Optional<Part> ofToken(String token) {
            return Arrays.stream(values()).filter(p -> p.token.equals(token)).findFirst();
        }

        /** Whether the part can be known only while receipts are listed. */
        public boolean needsReceipts() {
            return switch (this) {
                case RECEIPTS, INBOX -> true;
                case PARTICIPANTS, TYPING -> false;
            };
        }
    }

    /**
     * A participant who is typing.
     *
     * @param until when the participant is taken to have stopped, if nothing is heard of it
     */
    public record Typing(String userId, String displayName, Instant until) {}

    /** The newest message that a user has read; null when there is none or it is not known. */
    public @Nullable ReadReceipt receiptOf(String userId) {
        List<ReadReceipt> known = receipts;
        return known == null
                ? null
                : known.stream()
                        .filter(r -> r.readerId().equals(userId))
                        .findFirst()
                        .orElse(null);
    }

    /** Id and sender of the newest messages of a thread. Immutable: a change makes a new object. */
    public static final class Recent {
        /** Most messages; the oldest of more are dropped. */
        private static final int MOST = 200;
        /** The highest count: it means this many or more. */
        private static final int MOST_UNREAD = 100;
        /** In place of the sender of a message that does not count: a system message, or a deleted one. */
        private static final String UNCOUNTED = "";

        private final long[] ids;
        private final String[] senders;
        private final long completeFrom;

        private Recent(NavigableMap<Long, String> messages, long completeFrom) {
            long from = completeFrom;
            messages.headMap(from, false).clear();
            while (messages.size() > MOST) {
                from = messages.pollFirstEntry().getKey() + 1;
            }
            this.completeFrom = from;
            ids = messages.keySet().stream().mapToLong(Long::longValue).toArray();
            senders = messages.values().toArray(String[]::new);
        }

        /**
         * @param messages all that arrived from {@code completeFrom} on, and any others; of one in two states the last counts
         * @param completeFrom epoch milliseconds
         */
        public static Recent of(Collection<ChatMessage> messages, long completeFrom) {
            NavigableMap<Long, String> all = new TreeMap<>();
            messages.forEach(message -> all.put(message.arrivedAt(), sender(message)));
            return new Recent(all, completeFrom);
        }

        /** The same with new states of messages. */
        public Recent with(Collection<ChatMessage> states) {
            Map<Long, String> senders = new HashMap<>();
            states.forEach(message -> senders.put(message.arrivedAt(), sender(message)));
            return withSenders(senders);
        }

        /** The same with other messages, id to sender; the sender of one that does not count is empty. */
        public Recent withSenders(Map<Long, String> messages) {
            if (messages.isEmpty()) {
                return this;
            }
            NavigableMap<Long, String> all = new TreeMap<>(messages);
            for (int i = 0; i < ids.length; i++) {
                all.putIfAbsent(ids[i], senders[i]);
            }
            return new Recent(all, completeFrom);
        }

        private static String sender(ChatMessage message) {
            String sender = message.senderId();
            boolean counts = !message.type().system() && !message.deleted();
            return counts && sender != null ? sender : UNCOUNTED;
        }

        /**
         * How many messages of others a user has not read: 0 to 100, where 100 means 100 or more. Null where it is not known.
         *
         * @param readTo id of the newest message that the user has read; 0 for none
         * @param visibleFrom the user sees messages with this id or a higher one
         * @param undecidedFrom whether the user sees those from here up to {@code visibleFrom} is not known
         */
        public @Nullable Integer unread(String userId, long readTo, long visibleFrom, long undecidedFrom) {
            int unread = 0;
            for (int i = ids.length - 1; i >= 0 && ids[i] > readTo && ids[i] >= undecidedFrom; i--) {
                if (!senders[i].equals(UNCOUNTED) && !senders[i].equals(userId)) {
                    if (ids[i] < visibleFrom) {
                        return null;
                    }
                    if (++unread == MOST_UNREAD) {
                        return unread;
                    }
                }
            }
            return completeFrom <= Math.max(readTo + 1, undecidedFrom) ? unread : null;
        }
    }
}
