package dev.chatgateway.signaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.IdentityCalls;
import dev.chatgateway.testing.OffsetClock;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tokens that end while a client is connected. */
class SignalingTokensIT {
    private static final OffsetClock CLOCK = new OffsetClock();
    private static final String MORE = "more";
    private static final String UNAUTHORIZED = "0:::{\"reason\":\"unauthorized\"}";

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with(CLOCK).with("embedded.rateLimits", "off");

    private final ServiceUser ann = ServiceUser.create(GATEWAY);
    private final ServiceUser ben = ServiceUser.create(GATEWAY);
    private int pings = 100;

    @Test
    void token_is_renewed_by_registration_and_reconnect() {
        String thread = ann.createThread("t", ann, ben);
        Queue<Runnable> before = new ConcurrentLinkedQueue<>();
        before.add(() -> {});
        // The client asks for its next token once it has been told that the last one has expired.
        before.add(() -> send(thread, "meanwhile"));
        try (WireClient client = new WireClient(GATEWAY.endpoints().http(), "renewing", () -> {
            before.remove().run();
            return IdentityCalls.token(GATEWAY, ben, 60);
        })) {
            client.ready();
            sendAndAwait(thread, "first", client);
            pass(client, Duration.ofMinutes(50));
            assertThat(client.register(IdentityCalls.token(GATEWAY, ben, 60))).isEqualTo(202);
            pass(client, Duration.ofMinutes(20));
            sendAndAwait(thread, "renewed", client);
            assertThat(client.packets()).noneMatch(packet -> packet.startsWith("0::"));
            assertThat(client.connections()).isOne();

            pass(client, Duration.ofMinutes(39));
            assertThat(client.packets()).noneMatch(packet -> packet.startsWith("0::"));
            CLOCK.advance(Duration.ofSeconds(61));
            client.until(c -> c.packets().contains(UNAUTHORIZED));
            client.until(c -> c.connections() == 2);
            sendAndAwait(thread, "after", client);
            assertThat(client.texts().stream().filter(text -> !text.equals(MORE)))
                    .containsExactly("first", "renewed", "meanwhile", "after");
            assertThat(client.connections()).isEqualTo(2);
        }
    }

    private void send(String thread, String text) {
        GatewayWrites.call(
                GATEWAY, ann, "POST", ServiceUser.thread(thread) + "/messages", new JsonObject().put("content", text));
    }

    private void sendAndAwait(String thread, String text, WireClient client) {
        send(thread, text);
        // Steps of the clock may leave the poller's timers behind; another write makes it poll.
        for (int i = 0; i < 300 && !client.texts().contains(text); i++) {
            if (i % 20 == 19) {
                send(thread, MORE);
            }
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
        assertThat(client.texts()).as("%s", client.lastPackets()).contains(text);
    }

    /** Lets time pass for a client that goes on to ping. */
    private void pass(WireClient client, Duration time) {
        for (long left = time.toSeconds(); left > 0; left -= 50) {
            CLOCK.advance(Duration.ofSeconds(Math.min(50, left)));
            client.ping(++pings);
        }
    }
}
