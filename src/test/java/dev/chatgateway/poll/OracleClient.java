package dev.chatgateway.poll;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Participant;
import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.fanout.SubscribeRequest;
import dev.chatgateway.fanout.Subscriber;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A client as docs/protocol.md asks for it, with a state that can be held against the thread. */
final class OracleClient {
    private final String userId;
    private final Map<Long, Long> messages = new TreeMap<>();
    private final Map<String, String> receipts = new HashMap<>();
    private final Set<String> members = new HashSet<>();
    private final Map<String, Long> moves = new HashMap<>();
    private String topic = "";
    private String cursor;
    private Connection connection;
    private AssertionError wrong;

    OracleClient(String userId) {
        this.userId = userId;
    }

    /** What the service shows a user: what is not before its floor, and nothing to who is no member. */
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

    /** Subscribes once more on the same connection, from where the client is. */
    void again() {
        if (connection != null && connection.answered && !connection.fresh && !connection.over && cursor != null) {
            connection.subscribe(cursor);
        }
    }

    void disconnect(HubNode node) {
        if (connection != null) {
            Connection gone = connection;
            HistoryTrace.say(node.ticker, "%s goes", gone.id());
            connection = null;
            node.onLoop(() -> node.hub.drop(gone));
        }
    }

    /** Does what the protocol asks for after a resync, a refusal or an end. */
    void followUp(HubNode node) {
        if (connection != null && connection.fresh) {
            connection.fresh = false;
            connection.subscribe(null);
        } else if (connection != null && connection.over) {
            disconnect(node);
            cursor = null;
            if (node.thread.members.containsKey(userId)) {
                connect(node);
            }
        }
    }

    /** Whether a subscribe is neither answered nor refused yet. */
    boolean waits() {
        return connection != null && !connection.answered && !connection.over;
    }

    void check(FakeThread thread) {
        if (wrong != null) {
            throw wrong;
        }
        if (!thread.members.containsKey(userId)) {
            assertThat(connection == null || connection.over)
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

    /** One connection: nothing comes twice on it, and no number is missing. */
    private final class Connection implements Subscriber {
        private final HubNode node;
        private final Map<Long, Long> delivered = new HashMap<>();
        private long next;
        private boolean answered;
        boolean fresh;
        boolean over;

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
                    since,
                    since == null ? 200 : 0);
            HistoryTrace.say(node.ticker, "%s subscribes %s", id(), since == null ? "anew" : "with cursor");
            node.onLoop(() -> {
                answered = false;
                node.hub.subscribe(request, this, (result, failure) -> {
                    HistoryTrace.say(node.ticker, "%s is answered %s", id(), failure == null ? result : failure);
                    if (failure == null) {
                        answered(result);
                    } else {
                        over = true;
                    }
                });
            });
        }

        private void answered(JsonObject result) {
            answered = true;
            cursor = result.getString("cursor");
            next = result.getLong("seq");
            JsonArray shown = result.getJsonArray("messages");
            if (shown != null) {
                messages.clear();
                shown.forEach(m -> show((JsonObject) m));
                // A client that takes fresh state lists participants and receipts as well.
                members.clear();
                moves.clear();
                members.addAll(node.thread.members.keySet());
                receipts.clear();
                node.thread.receipts.forEach((reader, receipt) -> receipts.put(reader, receipt.messageId()));
                topic = node.thread.topic;
            }
        }

        private void show(JsonObject message) {
            ChatMessage real = node.thread.messages.get(Long.parseLong(message.getString("id")));
            if (!real.type().system()) {
                messages.put(real.arrivedAt(), Long.parseLong(message.getString("version")));
                delivered.put(real.arrivedAt(), Long.parseLong(message.getString("version")));
            }
        }

        /** What is wrong is told at the end: thrown here it would hit the hub. */
        @Override
        public void deliver(FrameBatch run) {
            for (Frame frame : run.frames()) {
                if (this == connection && wrong == null) {
                    try {
                        take(new JsonObject(frame.text()));
                    } catch (AssertionError e) {
                        wrong = e;
                    }
                }
            }
        }

        private void take(JsonObject frame) {
            HistoryTrace.say(node.ticker, "%s takes %s", id(), frame);
            JsonObject params = frame.getJsonObject("params");
            // A second subscribe that is refused leaves the first one as it was.
            assertThat(answered || over).as("before the answer: %s", frame).isTrue();
            if (params.containsKey("seq") && !frame.getString("method").equals("resumed") && !fresh) {
                assertThat(params.getLong("seq")).as(() -> "number of " + frame).isEqualTo(next++);
            }
            cursor = fresh ? null : params.getString("cursor", cursor);
            switch (frame.getString("method")) {
                case "chatMessageReceived", "chatMessageEdited", "chatMessageDeleted" -> message(params);
                case "readReceiptReceived" ->
                    receipts.put(
                            params.getJsonObject("sender").getString("communicationUserId"),
                            params.getString("chatMessageId"));
                case "participantsAdded" ->
                    ids(params, "participantsAdded").forEach(id -> moved(id, params, members::add));
                case "participantsRemoved" ->
                    ids(params, "participantsRemoved").forEach(id -> moved(id, params, members::remove));
                case "chatThreadPropertiesUpdated" ->
                    topic = params.getJsonObject("properties").getString("topic");
                case "resumed" -> next = params.getLong("seq");
                case "resync" -> {
                    fresh = true;
                    // Whatever comes until the fresh state is there belongs to it: there is no way on from before.
                    cursor = null;
                }
                case "unsubscribed", "chatThreadDeleted" -> over = true;
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

        /** What is older than what is known of the participant is of the past. */
        private void moved(String id, JsonObject params, java.util.function.Consumer<String> action) {
            long version = Long.parseLong(params.getString("version"));
            if (moves.getOrDefault(id, 0L) <= version) {
                moves.put(id, version);
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
