package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.upstream.ScriptedService;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The time limit for authentication is suspended while the service proves the token. */
class SlowProofTest {
    private static final int SIGN_IN_SECONDS = 1;
    private static final int SLOW_MS = 3_500;
    private static final Vertx VERTX = Vertx.vertx();
    private static final ScriptedService SERVICE = service();

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("upstream.endpoint", SERVICE.endpoint().toString())
            .with("upstream.retries", "0")
            .with("limits.authenticateSeconds", Integer.toString(SIGN_IN_SECONDS));

    private final JsonObject credentials =
            new JsonObject().put("token", Tokens.of("user" + System.nanoTime()).secret());

    private static ScriptedService service() {
        try {
            return new ScriptedService(VERTX);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterAll
    static void stop() {
        SERVICE.close();
        VERTX.close();
    }

    @Test
    void slow_proof_does_not_close_the_connection() {
        SERVICE.then(request -> VERTX.setTimer(
                SLOW_MS, late -> ScriptedService.json(200, new JsonObject()).handle(request)));
        try (ChatSocket socket = ChatSocket.open(GATEWAY)) {
            socket.call("authenticate", credentials);

            socket.call("ping", new JsonObject());
        }
    }

    @Test
    void failed_proof_is_503_and_may_be_retried() {
        SERVICE.then(request -> VERTX.setTimer(
                SLOW_MS, late -> ScriptedService.error(500, "InternalError").handle(request)));
        try (ChatSocket socket = ChatSocket.open(GATEWAY)) {
            JsonObject error = socket.refused("authenticate", credentials);
            assertThat(error.getInteger("code")).isEqualTo(503);
            assertThat(error.getJsonObject("data").getLong("retryAfterMs")).isPositive();
            assertThat(error.getJsonObject("data").getBoolean("retryable")).isTrue();

            socket.call("authenticate", credentials);
        }
    }

    @Test
    void refused_proof_does_not_extend_the_time_limit() {
        SERVICE.then(request -> VERTX.setTimer(
                SLOW_MS, late -> ScriptedService.error(401, "Unauthorized").handle(request)));
        try (ChatSocket socket = ChatSocket.open(GATEWAY)) {
            assertThat(socket.refused("authenticate", credentials).getInteger("code"))
                    .isEqualTo(401);

            assertThat(socket.closeCode()).isEqualTo(4408);
        }
    }

    @Test
    void failed_proof_at_the_upgrade_closes_with_1013() {
        SERVICE.then(ScriptedService.error(503, "ServiceUnavailable"));
        String bearer = "Bearer " + credentials.getString("token");
        try (ChatSocket socket = ChatSocket.open(GATEWAY, upgrade -> upgrade.header("Authorization", bearer))) {
            assertThat(socket.closeCode()).isEqualTo(1013);
        }
    }
}
