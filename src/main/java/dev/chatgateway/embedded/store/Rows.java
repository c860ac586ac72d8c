package dev.chatgateway.embedded.store;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rows of the tables, one record each. Times are epoch milliseconds; 0 means never. */
public final class Rows {
    private Rows() {}

    /**
     * A user of this resource.
     *
     * @param generation incremented by each revocation; tokens of an older generation are refused
     * @param customId id that the caller has given it, or null
     * @param lastTokenOn when the last token was issued
     */
    public record Identity(
            String id,
            long createdOn,
            long generation,
            @Nullable String customId,
            long lastTokenOn) {
        public Identity revoked() {
            return new Identity(id, createdOn, generation + 1, customId, lastTokenOn);
        }

        public Identity withToken(long time) {
            return new Identity(id, createdOn, generation, customId, time);
        }
    }

    /** The identity of a custom id. */
    public record CustomId(String identity) {}

    /** @param days only for kind threadCreationDate */
    public record Retention(String kind, int days) {
        public static final String BY_CREATION = "threadCreationDate";
        public static final String NONE = "none";
    }

    /**
     * A thread without its participants and messages; small, as each message rewrites it.
     *
     * @param metadata null if the thread never had any
     * @param retention null: none; rows of earlier builds can have the kind none
     * @param sequence sequence id of the newest message
     * @param lastMessageOn arrival of the newest message that moves the thread in the thread list
     * @param version highest version in this thread; each change gets a greater one
     * @param indexed whether the table of changes has all messages of the thread; absent in rows of earlier builds
     */
    public record ChatThread(
            String id,
            String topic,
            long createdOn,
            String createdBy,
            @Nullable Map<String, String> metadata,
            @Nullable Retention retention,
            long sequence,
            long version,
            long lastMessageOn,
            long deletedOn,
            boolean indexed) {

        /** @param counts whether the message moves the thread in the thread list */
        ChatThread withMessage(long messageId, boolean counts) {
            return new ChatThread(
                    id,
                    topic,
                    createdOn,
                    createdBy,
                    metadata,
                    retention,
                    sequence + 1,
                    messageId,
                    counts ? messageId : lastMessageOn,
                    deletedOn,
                    indexed);
        }

        public ChatThread withVersion(long newVersion) {
            return new ChatThread(
                    id,
                    topic,
                    createdOn,
                    createdBy,
                    metadata,
                    retention,
                    sequence,
                    newVersion,
                    lastMessageOn,
                    deletedOn,
                    indexed);
        }

        public ChatThread withProperties(
                String newTopic, @Nullable Map<String, String> newMetadata, @Nullable Retention newRetention) {
            return new ChatThread(
                    id,
                    newTopic,
                    createdOn,
                    createdBy,
                    newMetadata,
                    newRetention,
                    sequence,
                    version,
                    lastMessageOn,
                    deletedOn,
                    indexed);
        }

        public ChatThread deleted(long time) {
            return new ChatThread(
                    id,
                    topic,
                    createdOn,
                    createdBy,
                    metadata,
                    retention,
                    sequence,
                    version,
                    lastMessageOn,
                    time,
                    indexed);
        }

        /** The row in the form of this build; earlier builds did not distinguish absent from empty metadata. */
        ChatThread migrated() {
            return new ChatThread(
                    id,
                    topic,
                    createdOn,
                    createdBy,
                    metadata == null || metadata.isEmpty() ? null : metadata,
                    retention,
                    sequence,
                    version,
                    lastMessageOn,
                    deletedOn,
                    true);
        }

        /** The next version: milliseconds, unique in a thread, so that versions order all changes. */
        public long nextVersion(long now) {
            return Math.max(now, version + 1);
        }
    }

    /** @param shareHistoryTime messages before it are hidden from this participant */
    public record Member(
            String id, @Nullable String displayName, long shareHistoryTime, Map<String, String> metadata) {}

    /** The participants of a thread in order of joining. */
    public record Roster(Map<String, Member> members) {
        public Roster with(Iterable<Member> added) {
            Map<String, Member> all = new LinkedHashMap<>(members);
            added.forEach(m -> all.putIfAbsent(m.id(), m));
            return new Roster(all);
        }

        public Roster without(String user) {
            Map<String, Member> all = new LinkedHashMap<>(members);
            all.remove(user);
            return new Roster(all);
        }
    }

    /** A removed participant, who still sees the messages between these times. */
    public record Former(String user, long shareHistoryTime, long removedOn) {}

    /**
     * An entry of a user's thread list.
     *
     * @param left the thread at the removal of the user; null for a participant
     */
    public record Membership(String thread, @Nullable Left left) {}

    /** A thread at the removal of a participant. */
    public record Left(String topic, long lastMessageOn) {}

    /**
     * The newest state of a message.
     *
     * @param id also the time of arrival
     * @param type text, html, topicUpdated, participantAdded or participantRemoved
     * @param sender of a text or html message, initiator of a system message
     * @param content message text, or the topic
     * @param participants of participantAdded and participantRemoved
     */
    public record Message(
            long id,
            long sequence,
            long version,
            String type,
            String sender,
            String senderDisplayName,
            String content,
            Map<String, String> metadata,
            @Nullable List<Member> participants,
            long editedOn,
            long deletedOn) {
        public static final String TEXT = "text";
        public static final String HTML = "html";
        public static final String TOPIC_UPDATED = "topicUpdated";
        static final String PARTICIPANT_ADDED = "participantAdded";
        static final String PARTICIPANT_REMOVED = "participantRemoved";

        @JsonIgnore
        public boolean written() {
            return type.equals(TEXT) || type.equals(HTML);
        }

        public Message edited(String newContent, Map<String, String> newMetadata, long time) {
            return new Message(
                    id, sequence, time, type, sender, senderDisplayName, newContent, newMetadata, null, time, 0);
        }

        public Message deleted(long time) {
            return new Message(id, sequence, time, type, sender, senderDisplayName, "", Map.of(), null, 0, time);
        }
    }

    /** A row of the index by version: the newest version of a message. */
    record Change(long version, long message) {}

    /** The newest message that a user has read. */
    public record Receipt(String user, long message, long readOn) {}

    /** The receipts of a thread by user, one each. */
    public record Receipts(Map<String, Receipt> byUser) {
        public Receipts with(Receipt receipt) {
            Map<String, Receipt> all = new LinkedHashMap<>(byUser);
            all.put(receipt.user(), receipt);
            return new Receipts(all);
        }

        public Receipts without(String user) {
            Map<String, Receipt> all = new LinkedHashMap<>(byUser);
            all.remove(user);
            return new Receipts(all);
        }
    }

    /** The response to a create, for a repeated request with the same repeatability id. */
    public record Replay(String location, String body) {}

    /** An action that is due at a time: see {@code Expiry}. */
    public record Due(long at, String kind, String key) {}

    /** A value of the service itself. */
    public record Setting(String value) {}
}
