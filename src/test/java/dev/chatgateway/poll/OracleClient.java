package dev.chatgateway.poll;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ThreadSnapshot.Part;
import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.fanout.SubscribeRequest;
import dev.chatgateway.fanout.Subscriber;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A client that follows docs/protocol.md. Its state can be compared with the thread. */
final class OracleClient {
    private final String userId;
    private final Map<Long, Long> messages = new TreeMap<>();
    private final Map<String, String> receipts = new HashMap<>();
    private final Set<String> members = new HashSet<>();
    private final Map<String, Long> membershipVersions = new HashMap<>();
    private String topic = "";
    private int subscriptions;
    private String cursor;
    private Connection connection;
    private AssertionError firstFailure;

    OracleClient(String userId) {
        this.userId = userId;
    }

    /**
     * Whether the service shows a message to a user: only to a participant, and not from before its visible history.
     */
    static boolean visible(FakeThread thread, String userId, ChatMessage message) {
        Participant member = thread.members.get(userId);
        return member != null
                && message.arrivedAt() >= member.shareHistoryTime().toEpochMilli();
    }

    void connect(HubNode node) {
        if (connection == null) {
            connection = new Connection(node);
            connection.subscribe(cursor);
        }
    }

    /** Subscribes again on the same connection, from the current cursor. */
    void subscribeAgain() {
        if (connection != null
                && connection.hasResponse
                && !connection.needsResync
                && !connection.ended
                && cursor != null) {
            connection.subscribe(cursor);
        }
    }

    void disconnect(HubNode node) {
        if (connection != null) {
            Connection gone = connection;
            HistoryTrace.say(node.ticker, "%s disconnects", gone.id());
            connection = null;
            node.onLoop(() -> node.hub.drop(gone));
        }
    }

    /** Reacts to a resync, a refusal or an end as the protocol requires. */
    void followUp(HubNode node) {
        if (connection != null && connection.needsResync) {
            connection.needsResync = false;
            connection.subscribe(null);
        } else if (connection != null && connection.ended) {
            disconnect(node);
            cursor = null;
            if (node.thread.members.containsKey(userId)) {
                connect(node);
            }
        }
    }

    /** Whether a subscribe request has no response yet. */
    boolean isPending() {
        return connection != null && !connection.hasResponse && !connection.ended;
    }

    void check(FakeThread thread) {
        if (firstFailure != null) {
            throw firstFailure;
        }
        if (!thread.members.containsKey(userId)) {
            assertThat(connection == null || connection.ended)
                    .as("%s has left", userId)
                    .isTrue();
            return;
        }
        if (connection == null) {
            return;
        }
        Map<Long, Long> expected = new TreeMap<>();
        thread.messages.values().stream()
                .filter(m -> visible(thread, userId, m) && !m.type().system())
                .forEach(m -> expected.put(m.arrivedAt(), m.version()));
        assertThat(messages).as("messages of %s", userId).isEqualTo(expected);
        assertThat(members).as("roster of %s", userId).isEqualTo(thread.members.keySet());
        assertThat(topic).as("topic of %s", userId).isEqualTo(thread.topic);
        Map<String, String> read = new HashMap<>();
        thread.receipts.forEach((reader, receipt) -> read.put(reader, receipt.messageId()));
        assertThat(receipts).as("receipts of %s", userId).isEqualTo(read);
    }

    /** One connection. It must receive no state twice and no gap in the sequence numbers. */
    private final class Connection implements Subscriber {
        private final HubNode node;
        private final Map<Long, Long> delivered = new HashMap<>();
        private long next;
        private boolean hasResponse;
        boolean needsResync;
        boolean ended;

        Connection(HubNode node) {
            this.node = node;
        }

        @Override
        public String id() {
            return "connection " + System.identityHashCode(this) + " of " + userId;
        }

        void subscribe(String since) {
            SubscribeRequest request = new SubscribeRequest(
                    FakeThread.ID,
                    ThreadRegistryFixture.token(userId),
                    EventGroup.all(),
                    // Every second subscription takes its state from the answer, whether it begins anew or goes on.
                    ++subscriptions % 2 == 0 ? EnumSet.allOf(Part.class) : Set.of(),
                    since,
                    since == null ? 200 : 0);
            HistoryTrace.say(node.ticker, "%s subscribes %s", id(), since == null ? "anew" : "with cursor");
            node.onLoop(() -> {
                hasResponse = false;
                node.hub.subscribe(request, this, (result, failure) -> {
                    HistoryTrace.say(node.ticker, "%s gets the response %s", id(), failure == null ? result : failure);
                    if (failure == null) {
                        applyResponse(result);
                    } else {
                        ended = true;
                    }
                });
            });
        }

        private void applyResponse(JsonObject result) {
            hasResponse = true;
            cursor = result.getString("cursor");
            next = result.getLong("seq");
            JsonArray listed = result.getJsonArray("messages");
            if (listed != null) {
                messages.clear();
                listed.forEach(m -> addListed((JsonObject) m));
                // A client that resynchronizes lists participants and receipts as well.
                members.clear();
                membershipVersions.clear();
                members.addAll(node.thread.members.keySet());
                receipts.clear();
                node.thread.receipts.forEach((reader, receipt) -> receipts.put(reader, receipt.messageId()));
                topic = node.thread.topic;
            }
            applyIncluded(result);
        }

        /** The state in the answer takes the place of all that is known; the events that follow change it. */
        private void applyIncluded(JsonObject result) {
            JsonArray participants = result.getJsonArray("participants");
            if (participants != null) {
                members.clear();
                participants.forEach(p -> members.add(((JsonObject) p)
                        .getJsonObject("communicationIdentifier")
                        .getString("rawId")));
            }
            JsonArray included = result.getJsonArray("receipts");
            if (included != null) {
                receipts.clear();
                included.forEach(r -> receipts.put(
                        ((JsonObject) r)
                                .getJsonObject("senderCommunicationIdentifier")
                                .getString("rawId"),
                        ((JsonObject) r).getString("chatMessageId")));
            }
        }

        private void addListed(JsonObject message) {
            ChatMessage real = node.thread.messages.get(Long.parseLong(message.getString("id")));
            if (!real.type().system()) {
                messages.put(real.arrivedAt(), Long.parseLong(message.getString("version")));
                delivered.put(real.arrivedAt(), Long.parseLong(message.getString("version")));
            }
        }

        /** Keeps the first assertion error for {@link #check}: thrown here it would reach the hub. */
        @Override
        public void deliver(FrameBatch run) {
            for (Frame frame : run.frames()) {
                if (this == connection && firstFailure == null) {
                    try {
                        apply(new JsonObject(frame.text()));
                    } catch (AssertionError e) {
                        firstFailure = e;
                    }
                }
            }
        }

        private void apply(JsonObject frame) {
            HistoryTrace.say(node.ticker, "%s receives %s", id(), frame);
            JsonObject params = frame.getJsonObject("params");
            // A refused second subscribe request does not change the first subscription.
            assertThat(hasResponse || ended)
                    .as("event before the response: %s", frame)
                    .isTrue();
            if (params.containsKey("seq") && !frame.getString("method").equals("resumed") && !needsResync) {
                assertThat(params.getLong("seq")).as(() -> "number of " + frame).isEqualTo(next++);
            }
            cursor = needsResync ? null : params.getString("cursor", cursor);
            switch (frame.getString("method")) {
                case "chatMessageReceived", "chatMessageEdited", "chatMessageDeleted" -> message(params);
                case "readReceiptReceived" ->
                    receipts.put(
                            params.getJsonObject("sender").getString("communicationUserId"),
                            params.getString("chatMessageId"));
                case "participantsAdded" ->
                    ids(params, "participantsAdded").forEach(id -> applyMembership(id, params, members::add));
                case "participantsRemoved" ->
                    ids(params, "participantsRemoved").forEach(id -> applyMembership(id, params, members::remove));
                case "chatThreadPropertiesUpdated" ->
                    topic = params.getJsonObject("properties").getString("topic");
                case "resumed" -> next = params.getLong("seq");
                case "resync" -> {
                    needsResync = true;
                    // Events before the next response belong to the fresh state: the old cursor is not valid any more.
                    cursor = null;
                }
                case "unsubscribed", "chatThreadDeleted" -> ended = true;
                default -> {}
            }
        }

        private void message(JsonObject params) {
            long id = Long.parseLong(params.getString("id"));
            long version = Long.parseLong(params.getString("version"));
            assertThat(version).as("a state of %d comes once", id).isGreaterThan(delivered.getOrDefault(id, -1L));
            delivered.put(id, version);
            messages.merge(id, version, Math::max);
        }

        /** Ignores an event that is older than the last one about the participant. */
        private void applyMembership(String id, JsonObject params, java.util.function.Consumer<String> action) {
            long version = Long.parseLong(params.getString("version"));
            if (membershipVersions.getOrDefault(id, 0L) <= version) {
                membershipVersions.put(id, version);
                action.accept(id);
            }
        }

        private Set<String> ids(JsonObject params, String field) {
            Set<String> ids = new HashSet<>();
            params.getJsonArray(field)
                    .forEach(p -> ids.add(((JsonObject) p).getJsonObject("id").getString("communicationUserId")));
            return ids;
        }
    }
}
