package dev.chatgateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who does not take part in a thread can't spend what its members share, though the service counts refused calls too. */
class NonMembersIT {
    private static final int WRITES = 10;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension();

    private final ServiceUser alice = ServiceUser.create(GATEWAY);
    private final ServiceUser bob = ServiceUser.create(GATEWAY);
    private final ServiceUser stranger = ServiceUser.create(GATEWAY);
    private final ChatRest rest = ChatRest.https(GATEWAY);
    private final JsonObject message = new JsonObject().put("content", "x");
    private String threadId = "";

    @BeforeEach
    void create() {
        threadId = alice.createThread("Tea", bob);
    }

    private String path(String rest) {
        return ServiceUser.thread(threadId) + rest + (rest.contains("?") ? "&" : "?") + ChatRest.VERSION;
    }

    private JsonObject params() {
        return new JsonObject().put("threadId", threadId);
    }

    /** All that the thread's window for writes allows in ten seconds, in part by WebSocket, in part by /chat. */
    private void membersWriteAsMuchAsEver() {
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, alice)) {
            for (int i = 0; i < WRITES / 2; i++) {
                assertThat(socket.call("sendMessage", params().put("content", "m" + i))
                                .getString("id"))
                        .isNotEmpty();
                assertThat(rest.call("POST", path("/messages"), bob.token(), message.encode())
                                .statusCode())
                        .isEqualTo(201);
            }
        }
        assertThat(upstream429s()).as("429s of the service").isZero();
    }

    @Test
    void commands_of_a_stranger_are_refused_and_charge_the_thread_nothing() {
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, stranger)) {
            for (int i = 0; i < 3 * WRITES; i++) {
                JsonObject refusal = socket.refused("sendMessage", params().put("content", "let me in"));
                assertThat(refusal.getInteger("code")).isEqualTo(403);
                assertThat(refusal.getJsonObject("data").getString("code")).isEqualTo("Forbidden");
            }
        }
        membersWriteAsMuchAsEver();
    }

    @Test
    void calls_of_a_stranger_below_chat_are_refused_and_charge_the_thread_nothing() {
        for (int i = 0; i < 3 * WRITES; i++) {
            HttpResponse<String> refusal = rest.call("POST", path("/messages"), stranger.token(), message.encode());
            assertThat(refusal.statusCode()).isEqualTo(403);
            assertThat(new JsonObject(refusal.body()).getJsonObject("error").getString("code"))
                    .isEqualTo("Forbidden");
        }
        membersWriteAsMuchAsEver();
    }

    @Test
    void who_was_removed_charges_the_thread_once_more_at_most_and_reads_its_past() {
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, bob)) {
            socket.call("sendMessage", params().put("content", "before"));
            alice.call("POST", ServiceUser.thread(threadId) + "/participants/:remove", bob.identifier());
            for (int i = 0; i < 2 * WRITES; i++) {
                assertThat(socket.refused("sendMessage", params().put("content", "still here"))
                                .getInteger("code"))
                        .isEqualTo(403);
            }
            assertThat(socket.call("listMessages", params()).getJsonArray("value"))
                    .isNotEmpty();
        }
        // One write before, one that showed the removal: eight of ten are left.
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, alice)) {
            for (int i = 0; i < WRITES - 2; i++) {
                socket.call("sendMessage", params().put("content", "m" + i));
            }
        }
        assertThat(upstream429s()).isZero();
    }

    @Test
    void strangers_may_look_for_a_past_now_and_then_only() {
        int refused = 0;
        while (rest.call("GET", path("/messages"), stranger.token(), null).statusCode() == 403) {
            assertThat(++refused).isLessThan(50);
        }
        assertThat(refused).isPositive();
        assertThat(rest.call("GET", path("/messages"), alice.token(), null).statusCode())
                .isEqualTo(200);
        assertThat(upstream429s()).isZero();
    }

    @Test
    void who_is_added_is_let_in_at_once() {
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, stranger)) {
            assertThat(socket.refused("sendMessage", params().put("content", "x"))
                            .getInteger("code"))
                    .isEqualTo(403);
            alice.call(
                    "POST",
                    ServiceUser.thread(threadId) + "/participants/:add",
                    new JsonObject().put("participants", java.util.List.of(stranger.participant())));
            socket.call("sendMessage", params().put("content", "thanks"));
        }
    }

    private static long upstream429s() {
        URI uri = GATEWAY.endpoints().management().resolve("/metrics");
        try {
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(line -> line.startsWith("chatgateway_upstream_requests_seconds_count")
                            && line.contains("status=\"429\""))
                    .count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
