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

/** A non-member cannot use the quota that the members of a thread share, although the service counts refused calls. */
class NonMembersTest {
    private static final int WRITES = 10;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension();

    private final ServiceUser alice = ServiceUser.create(GATEWAY);
    private final ServiceUser bob = ServiceUser.create(GATEWAY);
    private final ServiceUser nonMember = ServiceUser.create(GATEWAY);
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

    /** All writes that the quota of the thread allows in ten seconds, partly by WebSocket and partly by /chat. */
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
    void commands_of_a_non_member_are_not_charged_to_the_thread() {
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, nonMember)) {
            for (int i = 0; i < 3 * WRITES; i++) {
                JsonObject refusal = socket.refused("sendMessage", params().put("content", "let me in"));
                assertThat(refusal.getInteger("code")).isEqualTo(403);
                assertThat(refusal.getJsonObject("data").getString("code")).isEqualTo("Forbidden");
            }
        }
        membersWriteAsMuchAsEver();
    }

    @Test
    void proxied_calls_of_a_non_member_are_not_charged_to_the_thread() {
        for (int i = 0; i < 3 * WRITES; i++) {
            HttpResponse<String> refusal = rest.call("POST", path("/messages"), nonMember.token(), message.encode());
            assertThat(refusal.statusCode()).isEqualTo(403);
            assertThat(new JsonObject(refusal.body()).getJsonObject("error").getString("code"))
                    .isEqualTo("Forbidden");
        }
        membersWriteAsMuchAsEver();
    }

    @Test
    void removed_member_reads_the_past_and_is_charged_once() {
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
        // One write before and one that showed the removal: eight of ten are left.
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, alice)) {
            for (int i = 0; i < WRITES - 2; i++) {
                socket.call("sendMessage", params().put("content", "m" + i));
            }
        }
        assertThat(upstream429s()).isZero();
    }

    @Test
    void non_members_may_ask_for_a_past_at_a_limited_rate() {
        int refused = 0;
        while (rest.call("GET", path("/messages"), nonMember.token(), null).statusCode() == 403) {
            assertThat(++refused).isLessThan(50);
        }
        assertThat(refused).isPositive();
        assertThat(rest.call("GET", path("/messages"), alice.token(), null).statusCode())
                .isEqualTo(200);
        assertThat(upstream429s()).isZero();
    }

    @Test
    void added_member_is_admitted_at_once() {
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, nonMember)) {
            assertThat(socket.refused("sendMessage", params().put("content", "x"))
                            .getInteger("code"))
                    .isEqualTo(403);
            alice.call(
                    "POST",
                    ServiceUser.thread(threadId) + "/participants/:add",
                    new JsonObject().put("participants", java.util.List.of(nonMember.participant())));
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
