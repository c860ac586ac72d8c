package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The state of a thread that {@code subscribe} includes, over a WebSocket and against the embedded service. */
class IncludedStateIT {
    private static final int TABS = 8;
    private static final int OTHERS = 50;
    /** The service keeps receipts for threads of at most 20 participants. */
    private static final int SMALL = 19;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("limits.requestsPerSecond", "100000")
            .with("limits.requestsBurst", "100000")
            .with("limits.userRequestsPerSecond", "1000000");

    private ServiceUser ann;
    private ServiceUser ben;
    private String thread;

    @BeforeEach
    void createThread() {
        ann = ServiceUser.create(GATEWAY);
        ben = ServiceUser.create(GATEWAY);
        thread = ann.createThread("Tea", ben);
    }

    private JsonObject on() {
        return new JsonObject().put("threadId", thread);
    }

    private JsonObject including(String... parts) {
        return on().put("include", new JsonArray(List.of(parts)));
    }

    private static List<JsonObject> sorted(JsonArray array) {
        return array.stream()
                .map(JsonObject.class::cast)
                .sorted(Comparator.comparing(JsonObject::encode))
                .toList();
    }

    @Test
    void included_parts_equal_what_the_service_lists() {
        String first = ann.send(thread, "one");
        ann.send(thread, "two");
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket b = ChatSocket.signIn(GATEWAY, ben)) {
            b.call("sendReadReceipt", on().put("chatMessageId", first));

            JsonObject result = b.call("subscribe", including("participants", "receipts", "typing", "inbox"));

            assertThat(sorted(result.getJsonArray("participants"))).isEqualTo(sorted(listed(a, "listParticipants")));
            assertThat(sorted(result.getJsonArray("receipts"))).isEqualTo(sorted(listed(a, "listReadReceipts")));
            assertThat(result.getJsonArray("receipts")).hasSize(1);
            assertThat(result.getJsonArray("typing")).isEmpty();
            assertThat(result.getJsonObject("inbox"))
                    .isEqualTo(new JsonObject().put("unreadCount", 1).put("lastReadMessageId", first));
            assertThat(a.call("subscribe", including("inbox")).getJsonObject("inbox"))
                    .as("own messages are not unread")
                    .isEqualTo(new JsonObject().put("unreadCount", 0).put("lastReadMessageId", null));
        }
    }

    /** The lists of the service, asked with a user who watches nothing. */
    private JsonArray listed(ChatSocket socket, String method) {
        return socket.call(method, on()).getJsonArray("value");
    }

    @Test
    void lists_of_a_watched_thread_need_no_call_and_show_own_writes() {
        String first = ann.send(thread, "one");
        ServiceUser eve = ServiceUser.create(GATEWAY);
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket b = ChatSocket.signIn(GATEWAY, ben)) {
            a.call("subscribe", on());
            long participants = calls("listParticipants");
            long receipts = calls("listReadReceipts");
            JsonObject list = a.call("listParticipants", on());
            assertThat(list.getString("source")).isEqualTo("watch");
            assertThat(list.getJsonArray("value")).hasSize(2);
            assertThat(a.call("listReadReceipts", on()).getString("source")).isEqualTo("watch");
            assertThat(calls("listParticipants") - participants).isZero();
            assertThat(calls("listReadReceipts") - receipts).isZero();

            assertThat(a.call("listParticipants", on().put("skip", 0)).containsKey("source"))
                    .isFalse();
            assertThat(a.call("listParticipants", on().put("maxPageSize", 1)).containsKey("source"))
                    .isFalse();
            assertThat(b.call("listParticipants", on()).containsKey("source"))
                    .as("a user who watches nothing")
                    .isFalse();

            a.call("addParticipants", on().put("participants", new JsonArray().add(eve.participant())));
            assertThat(listed(a, "listParticipants")).hasSize(3);
            a.call("sendReadReceipt", on().put("chatMessageId", first));
            assertThat(listed(a, "listReadReceipts")).hasSize(1);
            a.call("removeParticipant", on().put("communicationIdentifier", eve.identifier()));
            assertThat(listed(a, "listParticipants")).hasSize(2);
        }
    }

    @Test
    void nothing_is_included_unless_asked_for() {
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            assertThat(a.call("subscribe", on()).fieldNames())
                    .doesNotContain("participants", "receipts", "typing", "inbox");
        }
    }

    @Test
    void unknown_part_is_refused_by_name() {
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            JsonObject error = a.refused("subscribe", including("inbox", "weather"));
            assertThat(error.getInteger("code")).isEqualTo(-32602);
            assertThat(error.getString("message"))
                    .contains("include", "\"weather\"", "participants, receipts, typing, inbox");
        }
    }

    @Test
    void history_before_the_join_is_not_unread() {
        ann.send(thread, "before");
        awaitNextSecond();
        ServiceUser joiner = ServiceUser.create(GATEWAY);
        ann.call(
                "POST",
                ServiceUser.thread(thread) + "/participants/:add",
                new JsonObject()
                        .put(
                                "participants",
                                new JsonArray()
                                        .add(joiner.participant()
                                                .put(
                                                        "shareHistoryTime",
                                                        Instant.now().toString()))));
        awaitNextSecond();
        ann.send(thread, "after");
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket j = ChatSocket.signIn(GATEWAY, joiner)) {
            a.call("subscribe", including("inbox"));
            assertThat(j.call("subscribe", including("inbox"))
                            .getJsonObject("inbox")
                            .getInteger("unreadCount"))
                    .isEqualTo(1);
        }
    }

    /** The service tells a joiner's history time in whole seconds: whether it sees messages of that second is not known. */
    private static void awaitNextSecond() {
        Instant next = Instant.now().plusSeconds(1);
        Awaitility.await().until(() -> Instant.now().isAfter(next));
    }

    @Test
    void large_thread_has_no_receipts_and_no_count() {
        ServiceUser[] others = Stream.generate(() -> ServiceUser.create(GATEWAY))
                .limit(SMALL + 1)
                .toArray(ServiceUser[]::new);
        thread = ann.createThread("Large", others);
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            JsonObject result = a.call("subscribe", including("participants", "receipts", "inbox"));
            assertThat(result.getJsonArray("participants")).hasSize(SMALL + 2);
            assertThat(result.containsKey("receipts")).isTrue();
            assertThat(result.getValue("receipts")).isNull();
            assertThat(result.getJsonObject("inbox"))
                    .isEqualTo(new JsonObject().put("unreadCount", null).put("lastReadMessageId", null));
        }
    }

    @Test
    void typing_is_included_and_its_stop_notified() {
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket plain = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket b = ChatSocket.signIn(GATEWAY, ben)) {
            a.call("subscribe", including("typing"));
            plain.call("subscribe", on());
            b.call("sendTypingNotification", on().put("senderDisplayName", "Ben"));
            a.event("typingIndicatorReceived", e -> true);

            JsonObject typing = b.call("subscribe", including("typing"))
                    .getJsonArray("typing")
                    .getJsonObject(0);
            assertThat(typing.getString("senderDisplayName")).isEqualTo("Ben");
            assertThat(typing.getJsonObject("sender").getString("communicationUserId"))
                    .isEqualTo(ben.id());
            assertThat(Instant.parse(typing.getString("until")))
                    .isBetween(Instant.now(), Instant.now().plusSeconds(11));

            b.call("sendMessage", on().put("content", "done"));
            JsonObject stopped = a.event("typingIndicatorStopped", e -> true);
            assertThat(stopped.getString("threadId")).isEqualTo(thread);
            assertThat(stopped.getJsonObject("sender")).isEqualTo(typing.getJsonObject("sender"));
            assertThat(a.call("subscribe", including("typing")).getJsonArray("typing"))
                    .isEmpty();
            plain.event("chatMessageReceived", e -> true);
            plain.call("ping", new JsonObject());
            assertThat(plain.events("typingIndicatorStopped")).isEmpty();
        }
    }

    @Test
    void subscribers_cost_the_calls_of_one_in_a_small_thread() {
        costsTheCallsOfOne(SMALL, 1);
    }

    @Test
    void subscribers_cost_the_calls_of_one_in_a_large_thread() {
        costsTheCallsOfOne(OTHERS, 0);
    }

    private void costsTheCallsOfOne(int others, int receiptCalls) {
        List<ServiceUser> users =
                Stream.generate(() -> ServiceUser.create(GATEWAY)).limit(others).toList();
        thread = ann.createThread("Many", users.toArray(ServiceUser[]::new));
        List<ChatSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < TABS; i++) {
                sockets.add(ChatSocket.signIn(GATEWAY, ann));
            }
            users.forEach(user -> sockets.add(ChatSocket.signIn(GATEWAY, user)));
            long participants = calls("listParticipants");
            long receipts = calls("listReadReceipts");
            for (ChatSocket socket : sockets) {
                JsonObject result = socket.call("subscribe", including("participants", "receipts", "typing", "inbox"));
                assertThat(result.getJsonArray("participants")).hasSize(others + 1);
                assertThat(result.getValue("receipts") != null).isEqualTo(receiptCalls > 0);
            }
            assertThat(calls("listParticipants") - participants).isLessThanOrEqualTo(1);
            assertThat(calls("listReadReceipts") - receipts).isLessThanOrEqualTo(receiptCalls);
        } finally {
            sockets.forEach(ChatSocket::close);
        }
    }

    private static long calls(String operation) {
        return GATEWAY.management("/metrics")
                .lines()
                .filter(line -> line.startsWith("chatgateway_upstream_requests_seconds_count{"))
                .filter(line -> line.contains("\"" + operation + "\""))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
