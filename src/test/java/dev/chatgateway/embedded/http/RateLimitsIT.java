package dev.chatgateway.embedded.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.embedded.ServiceFixture;
import dev.chatgateway.embedded.TestService;
import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The published rate limits, on a clock that the test advances. */
class RateLimitsIT {
    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.clocked(true);

    private final TestService service = FIXTURE.memory();

    private static void pass(long seconds) {
        FIXTURE.clock().advance(Duration.ofSeconds(seconds));
    }

    /** Calls until one is refused and returns the number of those before it. */
    private static int allowed(Supplier<Answer> call) {
        for (int i = 0; i < 1_200; i++) {
            Answer answer = call.get();
            if (answer.status() == 429) {
                assertThat(answer.code()).isEqualTo("TooManyRequests");
                assertThat(answer.header("Retry-After")).matches("[1-9]\\d?");
                return i;
            }
        }
        return -1;
    }

    private Supplier<Answer> get(User user, String path) {
        return () -> service.get(user, path);
    }

    private Supplier<Answer> send(User user, String thread) {
        return () -> service.post(user, "/chat/threads/" + thread + "/messages", "{\"content\":\"x\"}");
    }

    @Test
    void writes_share_a_window_per_thread_and_a_longer_one() {
        User alice = service.user();
        User bob = service.user();
        String thread = service.thread(alice, bob);
        String id = service.message(alice, thread, "1");
        service.call(bob, "DELETE", "/chat/threads/" + thread + "/messages/" + id, null);

        assertThat(allowed(send(bob, thread))).isEqualTo(8);
        Answer refused = send(bob, thread).get();
        assertThat(refused.header("Retry-After")).isEqualTo("10");
        pass(10);
        assertThat(allowed(send(alice, thread))).isEqualTo(10);
        pass(10);
        // 10 + 2 refused + 10 + 1 refused are in the minute's window: 7 are left of 30.
        assertThat(allowed(send(alice, thread))).isEqualTo(7);
        assertThat(send(alice, thread).get().header("Retry-After")).isEqualTo("40");
        pass(60);
        assertThat(send(alice, thread).get().status()).isEqualTo(201);
    }

    @Test
    void refused_requests_extend_the_wait() {
        User alice = service.user();
        String thread = service.thread(alice);
        assertThat(allowed(send(alice, thread))).isEqualTo(10);
        pass(5);
        assertThat(send(alice, thread).get().header("Retry-After")).isEqualTo("5");
        pass(4);
        assertThat(send(alice, thread).get().status()).isEqualTo(429);
        pass(1);
        assertThat(allowed(send(alice, thread))).isEqualTo(8);
    }

    @Test
    void reads_of_one_user_and_thread_are_limited() {
        User alice = service.user();
        User bob = service.user();
        String path = "/chat/threads/" + service.thread(alice, bob);

        assertThat(allowed(get(alice, path + "/messages"))).isEqualTo(50);
        assertThat(allowed(get(alice, path + "/messages/1"))).isEqualTo(50);
        assertThat(allowed(get(alice, path + "/readReceipts"))).isEqualTo(5);
        assertThat(allowed(get(alice, path + "/participants"))).isEqualTo(10);
        assertThat(service.get(bob, path + "/messages").status()).isEqualTo(200);
        assertThat(allowed(get(alice, path))).isEqualTo(50);
        assertThat(service.get(alice, "/chat/threads").status()).isEqualTo(429);
        assertThat(service.get(bob, "/chat/threads").status()).isEqualTo(200);
    }

    @Test
    void all_users_of_a_thread_share_its_windows() {
        List<User> users = new ArrayList<>(
                IntStream.range(0, 9).mapToObj(i -> service.user()).toList());
        User first = users.get(0);
        String path = "/chat/threads/"
                + service.thread(first, users.subList(1, users.size()).toArray(User[]::new));

        // 6 * 50 per user would be 300, the thread allows 250 in 10 s and 400 in a minute.
        long inTenSeconds = served(users.stream().limit(6), path);
        pass(10);
        long after = served(users.stream().skip(6), path);

        assertThat(inTenSeconds).isEqualTo(250);
        assertThat(after).isEqualTo(100);
    }

    private long served(Stream<User> users, String path) {
        return users.mapToLong(user -> IntStream.range(0, 50)
                        .filter(i -> service.get(user, path + "/messages").status() == 200)
                        .count())
                .sum();
    }

    @Test
    void threads_are_created_deleted_and_changed_within_limits() {
        User alice = service.user();
        List<String> made = new ArrayList<>();
        assertThat(allowed(() -> {
                    Answer answer = service.post(alice, "/chat/threads", "{\"topic\":\"x\"}");
                    made.add("/chat/threads/" + answer.text("chatThread.id"));
                    return answer;
                }))
                .isEqualTo(10);
        assertThat(allowed(() -> service.call(alice, "PATCH", made.get(0), "{\"topic\":\"y\"}")))
                .isEqualTo(5);
        String roster = made.get(0) + "/participants/:";
        User bob = service.user();
        assertThat(allowed(() -> service.post(
                        alice, roster + "add", "{\"participants\":[" + TestService.participant(bob) + "]}")))
                .isEqualTo(10);
        assertThat(service.post(alice, roster + "remove", TestService.identifier(bob))
                        .status())
                .isEqualTo(429);
        int[] next = {0};
        assertThat(allowed(() -> service.call(alice, "DELETE", made.get(next[0]++ % 10), null)))
                .isEqualTo(10);
    }

    @Test
    void typing_and_receipts_have_windows_of_their_own() {
        User alice = service.user();
        User bob = service.user();
        User carol = service.user();
        String path = "/chat/threads/" + service.thread(alice, bob, carol);
        assertThat(allowed(() -> service.post(alice, path + "/typing", null))).isEqualTo(5);
        assertThat(allowed(() -> service.post(bob, path + "/typing", null))).isEqualTo(4);
        assertThat(service.post(carol, path + "/typing", null).status()).isEqualTo(429);
        assertThat(allowed(() -> service.post(alice, path + "/readReceipts", "{\"chatMessageId\":\"1\"}")))
                .isEqualTo(10);
        assertThat(service.post(bob, path + "/readReceipts", "{\"chatMessageId\":\"1\"}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void the_identity_api_is_limited_per_resource() {
        pass(60);
        assertThat(allowed(() -> service.signed("POST", "/identities", null))).isEqualTo(1000);
        User user = service.user();
        assertThat(allowed(() -> service.signed("DELETE", "/identities/nobody", null)))
                .isEqualTo(500);
        assertThat(allowed(() -> service.signed("POST", "/identities/nobody/:revokeAccessTokens", null)))
                .isEqualTo(500);
        assertThat(service.tokenFor(user.id(), "chat").token()).isNotNull();
        assertThat(service.signed("POST", "/identities", null).header("Retry-After"))
                .isEqualTo("30");
        pass(31);
        assertThat(service.signed("POST", "/identities", null).status()).isEqualTo(201);
    }
}
