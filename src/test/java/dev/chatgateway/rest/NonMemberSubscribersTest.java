package dev.chatgateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ten connections of a non-member subscribe in a loop while members subscribe and chat. */
class NonMemberSubscribersTest {
    private static final int CONNECTIONS = 10;
    private static final int MESSAGES = 8;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("limits.requestsPerSecond", "100000")
            .with("limits.requestsBurst", "100000")
            .with("limits.userRequestsPerSecond", "1000000");

    private final ServiceUser alice = ServiceUser.create(GATEWAY);
    private final ServiceUser bob = ServiceUser.create(GATEWAY);
    private final ServiceUser nonMember = ServiceUser.create(GATEWAY);

    private long calls(String operation, String status) {
        return GATEWAY.management("/metrics")
                .lines()
                .filter(line -> line.startsWith("chatgateway_upstream_requests_seconds_count{"))
                .filter(line -> line.contains("\"" + operation + "\"") && line.contains("status=\"" + status + "\""))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void looping_non_members_do_not_slow_down_members() {
        String threadId = alice.createThread("Tea", bob);
        JsonObject params = new JsonObject().put("threadId", threadId);
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger refusals = new AtomicInteger();
        List<CompletableFuture<Void>> loops = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        for (int i = 0; i < CONNECTIONS; i++) {
            loops.add(CompletableFuture.runAsync(() -> loop(params, over, refusals), threads));
        }
        threads.shutdown();
        try (ChatSocket first = ChatSocket.signIn(GATEWAY, alice);
                ChatSocket second = ChatSocket.signIn(GATEWAY, bob)) {
            first.call("subscribe", params);
            second.call("subscribe", params);
            for (int i = 0; i < MESSAGES; i++) {
                String text = "m" + i;
                first.call("sendMessage", params.copy().put("content", text));
                second.event("chatMessageReceived", e -> e.encode().contains("\"" + text + "\""));
            }
            Awaitility.await().until(() -> refusals.get() > 20 * CONNECTIONS);
        } finally {
            over.set(true);
        }
        loops.forEach(CompletableFuture::join);
        assertThat(calls("listParticipants", "403"))
                .as("calls in the thread's window")
                .isZero();
        assertThat(calls("listParticipants", "200")).isLessThanOrEqualTo(3);
        assertThat(calls("getThread", "403"))
                .as("calls in the non-member's window")
                .isBetween(1L, refusals.get() / 5L);
        assertThat(calls("getThread", "429")).isZero();
    }

    private void loop(JsonObject params, AtomicBoolean over, AtomicInteger refusals) {
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, nonMember)) {
            while (!over.get()) {
                assertThat(socket.refused("subscribe", params).getInteger("code"))
                        .isEqualTo(403);
                refusals.incrementAndGet();
            }
        }
    }
}
