package dev.chatgateway.embedded.store;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the service remembers; one record per table. Times are epoch milliseconds; 0 means never. */
public final class Rows {
    private Rows() {}

    /**
     * A user of this resource.
     *
     * @param generation raised by each revocation: tokens of an older generation are refused
     * @param customId the caller's own id for it, or null
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

    /** Which identity a custom id stands for. */
    public record CustomId(String identity) {}

    /** @param days only for kind threadCreationDate */
    public record Retention(String kind, int days) {
        public static final String BY_CREATION = "threadCreationDate";
        public static final String NONE = "none";
    }

    /**
     * A thread without its participants and messages, small because each message rewrites it.
     *
     * @param metadata null when the thread was never given any
     * @param retention null: none; rows of earlier builds also have the kind none
     * @param sequence sequence id of the newest message
     * @param lastMessageOn arrival of the newest message that counts for the list of threads
     * @param version highest version given in this thread; each change takes a greater one
     * @param indexed whether the table of changes holds all messages of the thread; missing in rows of earlier builds
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

        /** @param counts whether the message moves the thread in the list of threads */
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

        /** The row as this build writes it; earlier ones had no difference between no metadata and empty metadata. */
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

        /** Milliseconds, and never the same twice in a thread, so that versions order all changes. */
        public long nextVersion(long now) {
            return Math.max(now, version + 1);
        }
    }

    /** @param shareHistoryTime messages from before it are hidden from this participant */
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

    /** Somebody who was removed: sees what a participant with this shareHistoryTime saw at the removal. */
    public record Former(String user, long shareHistoryTime, long removedOn) {}

    /**
     * That a user is in a thread, for the list of the user's threads.
     *
     * @param left what the user saw of the thread last; null while the user takes part
     */
    public record Membership(String thread, @Nullable Left left) {}

    /** A thread as it was when somebody was removed from it. */
    public record Left(String topic, long lastMessageOn) {}

    /**
     * The newest state of a message.
     *
     * @param id also the time of arrival
     * @param type of the specification: text, html, topicUpdated, participantAdded, participantRemoved
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

    /** That a message has changed last with this version; a row of the index by version. */
    record Change(long version, long message) {}

    /** Newest message that a user has read. */
    public record Receipt(String user, long message, long readOn) {}

    /** The receipts of a thread by user: at most one each. */
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

    /** The answer to a create, for its repetition with the same repeatability id. */
    public record Replay(String location, String body) {}

    /** Something to do at a time: see {@code Expiry}. */
    public record Due(long at, String kind, String key) {}

    /** A single value, for what the service itself must remember. */
    public record Setting(String value) {}
}
