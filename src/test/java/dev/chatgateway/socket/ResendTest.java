package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sends that a client repeats after it lost its connection. */
class ResendTest {
    private static final int TIMEOUT_MS = 3_000;
    private static final List<String> REPEATED =
            IntStream.range(0, 5).mapToObj(i -> "repeated-" + i).toList();

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("upstream.timeoutMs", Integer.toString(TIMEOUT_MS))
            .with("upstream.connectTimeoutMs", "1000");

    private ServiceUser ann;
    private ChatSocket socket;
    private String thread;

    @BeforeEach
    void signIn() {
        ann = ServiceUser.create(GATEWAY);
        socket = ChatSocket.signIn(GATEWAY, ann);
        thread = socket.call("createChatThread", new JsonObject().put("topic", "Tea"))
                .getJsonObject("chatThread")
                .getString("id");
    }

    @AfterEach
    void close() {
        socket.close();
    }

    @Test
    void repeated_sends_do_not_block_other_requests() {
        long before = System.nanoTime();
        REPEATED.forEach(id -> resend(socket, id));
        assertThat(contents()).isEmpty();
        JsonObject sent = socket.call("sendMessage", on().put("content", "new").put("clientMessageId", "new"));
        assertThat(sent.getBoolean("inDoubt")).isFalse();
        assertThat(replies()).isZero();

        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> replies() == REPEATED.size());
        // In sequence they would take five times as long.
        assertThat((System.nanoTime() - before) / 1_000_000).isBetween((long) TIMEOUT_MS, 2L * TIMEOUT_MS);
        List<String> expected = new ArrayList<>(List.of("new"));
        expected.addAll(REPEATED);
        assertThat(contents()).isEqualTo(expected);
    }

    /**
     * The case of a reconnect: each send starts inside the call in which the one before it let later requests start,
     * and must stay in order.
     */
    @Test
    void repeated_sends_behind_a_subscribe_keep_their_order() {
        socket.send(new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", "subscribe")
                .put("method", "subscribe")
                .put("params", on()));
        REPEATED.forEach(id -> resend(socket, id));
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> replies() == REPEATED.size());
        assertThat(contents()).isEqualTo(REPEATED);
    }

    @Test
    void repeated_send_of_a_closed_connection_is_not_posted() {
        ChatSocket lost = ChatSocket.signIn(GATEWAY, ann);
        resend(lost, "repeated-0");
        lost.call("ping", new JsonObject());
        lost.close();
        // It starts to wait later, and so it ends later.
        resend(socket, "repeated-1");
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> replies() == 1);
        assertThat(contents()).containsExactly("repeated-1");
    }

    private void resend(ChatSocket by, String id) {
        by.send(new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", id)
                .put("method", "sendMessage")
                .put(
                        "params",
                        on().put("content", id).put("clientMessageId", id).put("retry", true)));
    }

    private long replies() {
        return socket.received().stream()
                .filter(json -> json instanceof JsonObject o && REPEATED.contains(o.getValue("id")))
                .peek(answer -> assertThat(((JsonObject) answer).getJsonObject("result"))
                        .isNotNull())
                .count();
    }

    /** The user messages of the thread, oldest first. */
    private List<String> contents() {
        JsonArray listed = socket.call("listMessages", on()).getJsonArray("value");
        List<String> contents = new ArrayList<>(listed.stream()
                .map(JsonObject.class::cast)
                .filter(message -> message.getString("type").equals("text"))
                .map(message -> message.getJsonObject("content").getString("message"))
                .toList());
        Collections.reverse(contents);
        return contents;
    }

    private JsonObject on() {
        return new JsonObject().put("threadId", thread);
    }
}
