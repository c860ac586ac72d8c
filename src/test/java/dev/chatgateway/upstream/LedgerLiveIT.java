package dev.chatgateway.upstream;

import static dev.chatgateway.upstream.EmbeddedFixture.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.client.WebChatService;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ledger against the embedded service's own limiter, over more than one window of real time. */
class LedgerLiveIT {
    private static final Vertx VERTX = Vertx.vertx();

    @TempDir
    static Path directory;

    private static EmbeddedFixture embedded;
    private static WebChatService service;

    @BeforeAll
    static void start() throws Exception {
        embedded = new EmbeddedFixture(VERTX, directory, true);
        service = embedded.service(20_000);
    }

    @AfterAll
    static void stop() {
        service.close();
        embedded.close();
        get(VERTX.close());
    }

    @Test
    void whoever_calls_as_fast_as_the_ledger_lets_never_meets_a_429() {
        UserToken alice = embedded.user();
        UserToken bob = embedded.user();
        String thread = thread(alice, bob);
        embedded.faults(30);
        AtomicInteger sends = new AtomicInteger();
        AtomicInteger polls = new AtomicInteger();
        for (UserToken user : List.of(alice, bob)) {
            for (ChatOperation read : List.of(
                    ChatOperation.LIST_PARTICIPANTS, ChatOperation.LIST_READ_RECEIPTS, ChatOperation.LIST_MESSAGES)) {
                again(ChatCall.of(read, user, thread, Priority.POLL), polls);
                again(ChatCall.of(read, user, thread, Priority.HISTORY), polls);
            }
            again(
                    ChatCall.of(ChatOperation.SEND_MESSAGE, user, thread, Priority.SEND)
                            .body(new JsonObject().put("content", "x")),
                    sends);
        }
        // The first ten writes fill the window; more can only come after it has passed.
        await().atMost(Duration.ofSeconds(60)).until(() -> sends.get() > 12 && polls.get() > 100);
        assertThat(embedded.registry
                        .find("chatgateway.upstream.requests")
                        .tag("status", "429")
                        .timers())
                .isEmpty();
        assertThat(embedded.registry
                        .get("chatgateway.ledger")
                        .tag("outcome", "refused")
                        .counter()
                        .count())
                .isPositive();
    }

    /** Calls without end, each as soon as the last is over or may be made again. */
    private static void again(ChatCall call, AtomicInteger successes) {
        service.call(call)
                .onSuccess(reply -> {
                    successes.incrementAndGet();
                    again(call, successes);
                })
                .onFailure(failure -> {
                    if (failure instanceof ChatServiceException throttled && throttled.retryAfterMs() > 0) {
                        VERTX.setTimer(throttled.retryAfterMs(), timer -> again(call, successes));
                    }
                });
    }

    private static String thread(UserToken creator, UserToken other) {
        JsonObject identifier = new JsonObject().put("rawId", other.userId());
        return get(service.call(ChatCall.of(ChatOperation.CREATE_THREAD, creator, null, Priority.SEND)
                        .body(new JsonObject()
                                .put("topic", "Tea")
                                .put(
                                        "participants",
                                        new JsonArray()
                                                .add(new JsonObject().put("communicationIdentifier", identifier))))))
                .body()
                .getJsonObject("chatThread")
                .getString("id");
    }
}
