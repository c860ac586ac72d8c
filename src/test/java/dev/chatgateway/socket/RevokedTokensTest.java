package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.IdentityCalls;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A 401 of the service to any call makes the gateway prove the token again. A refused token closes all connections that
 * use it.
 */
class RevokedTokensTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension();

    private final ServiceUser ann = ServiceUser.create(GATEWAY);
    private final String thread = ann.createThread("revoked");

    @AfterEach
    void mend() {
        faults();
    }

    @Test
    void revoked_token_closes_all_its_connections_at_a_call() {
        try (ChatSocket calling = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket idle = ChatSocket.signIn(GATEWAY, ann)) {
            IdentityCalls.revoke(GATEWAY, ann);
            calling.send(request("listChatThreads", new JsonObject()));

            assertThat(calling.closeCode()).isEqualTo(4401);
            assertThat(idle.closeCode()).isEqualTo(4401);
        }
    }

    @Test
    void revoked_token_closes_its_connection_at_a_poll() {
        try (ChatSocket reading = ChatSocket.signIn(GATEWAY, ann)) {
            reading.call("subscribe", at(thread));
            IdentityCalls.revoke(GATEWAY, ann);

            assertThat(reading.closeCode()).isEqualTo(4401);
        }
    }

    @Test
    void revoked_token_closes_its_connection_at_a_proxied_call() {
        try (ChatSocket idle = ChatSocket.signIn(GATEWAY, ann)) {
            assertThat(passed(ann)).isEqualTo(200);
            IdentityCalls.revoke(GATEWAY, ann);

            assertThat(passed(ann)).isEqualTo(401);
            assertThat(idle.closeCode()).isEqualTo(4401);
        }
    }

    @Test
    void revoked_token_is_refused_in_spite_of_its_ticket() {
        JsonObject credentials = new JsonObject().put("token", ann.token());
        try (ChatSocket socket = ChatSocket.open(GATEWAY)) {
            JsonObject session = socket.call("authenticate", credentials).getJsonObject("session");
            credentials.put("ticket", session.getString("ticket"));
            IdentityCalls.revoke(GATEWAY, ann);
            socket.send(request("listChatThreads", new JsonObject()));
            assertThat(socket.closeCode()).isEqualTo(4401);
        }

        try (ChatSocket again = ChatSocket.open(GATEWAY)) {
            assertThat(again.refused("authenticate", credentials).getInteger("code"))
                    .isEqualTo(401);
        }
    }

    /** Regression: it was missing among the holders of the token. */
    @Test
    void connection_that_sends_its_token_again_is_closed_too() {
        try (ChatSocket again = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket calling = ChatSocket.signIn(GATEWAY, ann)) {
            again.call("authenticate", new JsonObject().put("token", ann.token()));
            IdentityCalls.revoke(GATEWAY, ann);
            calling.send(request("listChatThreads", new JsonObject()));

            assertThat(again.closeCode()).isEqualTo(4401);
        }
    }

    @Test
    void connection_with_a_newer_token_stays() {
        try (ChatSocket renewing = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket idle = ChatSocket.signIn(GATEWAY, ann)) {
            IdentityCalls.revoke(GATEWAY, ann);
            ServiceUser again = ServiceUser.ofId(GATEWAY, ann.id());
            renewing.call("authenticate", new JsonObject().put("token", again.token()));
            idle.send(request("listChatThreads", new JsonObject()));

            assertThat(idle.closeCode()).isEqualTo(4401);
            renewing.call("listChatThreads", new JsonObject());
        }
    }

    @Test
    void single_401_closes_nothing() {
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, ann)) {
            faults(fault("sendMessage", 401));
            JsonObject message = at(thread).put("content", "hello");
            assertThat(socket.refused("sendMessage", message).getInteger("code"))
                    .isEqualTo(401);
            faults();

            // The proof is answered before a call that is made after it.
            socket.call("listChatThreads", new JsonObject());
            socket.call("sendMessage", message);
            assertThat(socket.open()).isTrue();
        }
    }

    private static JsonObject at(String threadId) {
        return new JsonObject().put("threadId", threadId);
    }

    private static JsonObject request(String method, JsonObject params) {
        return new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", "revoked")
                .put("method", method)
                .put("params", params);
    }

    private static int passed(ServiceUser user) {
        URI uri = GATEWAY.endpoints().http().resolve("/chat/threads?api-version=2025-03-15");
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + user.token())
                .build();
        return HTTP.sendAsync(request, BodyHandlers.discarding()).join().statusCode();
    }

    private static JsonObject fault(String operation, int status) {
        return new JsonObject()
                .put("operation", operation)
                .put("kind", "status")
                .put("status", status)
                .put("rate", 1);
    }

    private static void faults(JsonObject... rules) {
        JsonArray all = new JsonArray();
        for (JsonObject rule : rules) {
            all.add(rule);
        }
        HttpRequest request = HttpRequest.newBuilder(
                        GATEWAY.endpoints().management().resolve("/faults"))
                .timeout(Duration.ofSeconds(20))
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(new JsonObject().put("rules", all).encode()))
                .build();
        HttpResponse<String> response =
                HTTP.sendAsync(request, BodyHandlers.ofString()).join();
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }
}
