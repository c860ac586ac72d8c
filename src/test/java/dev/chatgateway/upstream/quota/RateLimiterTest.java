package dev.chatgateway.upstream.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.Tokens;
import dev.chatgateway.upstream.quota.RateLimiter.Admission;
import dev.chatgateway.upstream.quota.RateLimiter.Permit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
    private final RateLimiter limiter = new RateLimiter(RateWindows.published(), 200, 6);

    @Test
    void interactive_call_waits_two_seconds_at_most_for_a_window() {
        for (int i = 0; i < 10; i++) {
            complete(send("a"), i * 100);
        }
        assertThat(limiter.admit(send("a"), 5_000, 2_000))
                .isEqualTo(new Admission.Refused(
                        5_200, "writeMessages: 10 calls in 10 s, 30 calls in 60 s per thread", false));
        assertThat(((Admission.Granted) limiter.admit(send("a"), 8_500, 2_000)).waitMs())
                .isEqualTo(1_700);
        // The next one leaves the window after the one that waits already.
        assertThat(((Admission.Granted) limiter.admit(send("b"), 8_500, 2_000)).waitMs())
                .isEqualTo(1_800);
    }

    @Test
    void call_counts_for_a_whole_window_after_its_answer() {
        List<Permit> open = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            open.add(granted(send("a"), 0));
        }
        assertThat(limiter.admit(send("a"), 60_000, 2_000)).isInstanceOf(Admission.Refused.class);
        open.forEach(permit -> limiter.end(permit, new CallEnd.Completed(true), 60_000));
        assertThat(limiter.admit(send("a"), 70_199, 0)).isInstanceOf(Admission.Refused.class);
        assertThat(limiter.admit(send("a"), 70_200, 0)).isInstanceOf(Admission.Granted.class);
    }

    @Test
    void polls_leave_half_of_a_window_to_interactive_calls() {
        assertThat(polls(Priority.SWEEP)).isEqualTo(2);
        assertThat(polls(Priority.RECEIPTS)).isEqualTo(4);
        assertThat(polls(Priority.POKE)).isEqualTo(5);
        assertThat(polls(Priority.HISTORY)).isEqualTo(10);
    }

    @Test
    void unproven_token_counts_for_its_address_until_accepted() {
        RateLimiter mine = new RateLimiter(RateWindows.of(new GatewayConfig.Ledger(200, 3, 200, List.of())));
        ChatCall claim = ChatCall.of(ChatOperation.CREATE_THREAD, Tokens.of("victim"), null, Priority.SEND);
        for (int i = 0; i < 3; i++) {
            Permit permit = ((Admission.Granted) mine.admit(claim.unproven("192.0.2.1"), 0, 0)).permit();
            mine.end(permit, new CallEnd.TokenRejected(), 0);
        }
        assertThat(mine.admit(claim.unproven("192.0.2.1"), 0, 2_000))
                .isEqualTo(new Admission.Refused(10_200, "unprovenTokens: 3 calls in 10 s per client address", false));
        assertThat(mine.admit(claim.unproven("192.0.2.2"), 0, 0)).isInstanceOf(Admission.Granted.class);
        assertThat(mine.earliestMs(claim.operation(), "8:acs:victim", null, Priority.SEND, 0))
                .isZero();
        assertThat(mine.remaining("createThread per user", 0)).isEqualTo(1);

        for (int i = 0; i < 10; i++) {
            Permit permit = ((Admission.Granted) mine.admit(claim.unproven("192.0.2.3"), 0, 0)).permit();
            mine.end(permit, new CallEnd.Completed(true), 0);
        }
        // Accepted: the address has nothing to pay any more, but the user's own window is full now.
        assertThat(mine.admit(claim.unproven("192.0.2.3"), 0, 0))
                .isEqualTo(new Admission.Refused(10_200, "createThread: 10 calls in 10 s per user", false));
        assertThat(mine.admit(claim, 0, 0)).isInstanceOf(Admission.Refused.class);
        ChatCall other = ChatCall.of(ChatOperation.LIST_THREADS, Tokens.of("other"), null, Priority.HISTORY);
        assertThat(mine.admit(other.unproven("192.0.2.3"), 0, 0)).isInstanceOf(Admission.Granted.class);
    }

    /** With a proven token they cost nothing: one user could send as many as the network carries. */
    @Test
    void calls_that_are_no_operation_have_a_window_of_their_own() {
        RateLimiter mine = new RateLimiter(RateWindows.of(new GatewayConfig.Ledger(0, 500, 3, List.of())), 0);
        AdmissionRequest image = new AdmissionRequest(null, "8:a", null, Priority.SEND, null);
        for (int i = 0; i < 3; i++) {
            mine.end(((Admission.Granted) mine.admit(image, 0, 0)).permit(), new CallEnd.Completed(true), 0);
        }
        assertThat(mine.admit(image, 1_000, 0))
                .isEqualTo(new Admission.Refused(9_000, "otherCalls: 3 calls in 10 s per user", false));
        assertThat(mine.admit(new AdmissionRequest(null, "8:b", null, Priority.SEND, null), 1_000, 0))
                .isInstanceOf(Admission.Granted.class);
        assertThat(mine.admit(image, 10_000, 0)).isInstanceOf(Admission.Granted.class);
    }

    @Test
    void configured_windows_replace_the_published_ones() {
        RateLimiter mine = new RateLimiter(
                RateWindows.of(new GatewayConfig.Ledger(
                        0, 500, 200, List.of(new GatewayConfig.Ledger.Window("writeMessages per thread", 12, 5)))),
                0);
        for (int i = 0; i < 12; i++) {
            Permit permit = ((Admission.Granted) mine.admit(send("a"), 0, 0)).permit();
            mine.end(permit, new CallEnd.Completed(true), 0);
        }
        assertThat(mine.admit(send("a"), 4_000, 0))
                .isEqualTo(new Admission.Refused(1_000, "writeMessages: 12 calls in 5 s per thread", false));
        assertThat(mine.admit(send("a"), 5_000, 0)).isInstanceOf(Admission.Granted.class);
        assertThatThrownBy(() -> RateWindows.of(new GatewayConfig.Ledger(
                        0, 500, 200, List.of(new GatewayConfig.Ledger.Window("createThread per thread", 1, 1)))))
                .hasMessageStartingWith("ledger.windows.limit: createThread per thread (expected: one of ");
    }

    @Test
    void least_remaining_quota_is_kept_for_a_while() {
        for (int i = 0; i < 8; i++) {
            complete(send("a"), 0);
        }
        assertThat(limiter.remaining("writeMessages per thread", 0)).isBetween(0.1, 0.3);
        complete(send("a"), 0);
        complete(send("a"), 0);
        assertThat(limiter.admit(send("a"), 0, 0)).isInstanceOf(Admission.Refused.class);
        assertThat(limiter.remaining("writeMessages per thread", 9_000)).isZero();
        assertThat(limiter.remaining("writeMessages per thread", 40_000)).isEqualTo(1);
        assertThat(limiter.remaining("typing per thread", 0)).isEqualTo(1);
    }

    /** It was told only of calls that were paid: a thread whose polls had no room for minutes looked untouched. */
    @Test
    void refused_poll_and_waiting_call_show_no_remaining_quota() {
        fill(Priority.POLL);
        assertThat(limiter.remaining("listParticipants per user and thread", 0)).isGreaterThan(0.4);
        assertThat(limiter.admit(participants(Priority.POLL), 0, 0)).isInstanceOf(Admission.Refused.class);
        assertThat(limiter.remaining("listParticipants per user and thread", 0)).isZero();

        for (int i = 0; i < 10; i++) {
            complete(send("a"), 0);
        }
        assertThat(limiter.remaining("writeMessages per thread", 0)).isPositive();
        assertThat(limiter.admit(send("a"), 9_000, 2_000)).isInstanceOf(Admission.Granted.class);
        assertThat(limiter.remaining("writeMessages per thread", 9_000)).isZero();
    }

    /** It uses what is left over, and is refused all day long on a busy node. */
    @Test
    void refused_sweep_shows_what_other_calls_have_left() {
        fill(Priority.SWEEP);
        assertThat(limiter.admit(participants(Priority.SWEEP), 0, 0)).isInstanceOf(Admission.Refused.class);
        assertThat(limiter.remaining("listParticipants per user and thread", 0)).isBetween(0.7, 0.9);
    }

    /** A follower whose eighth of a thread's window was used up told that most of it was left. */
    @Test
    void remaining_quota_of_a_shared_thread_is_this_nodes_part() {
        QuotaShares shares = new QuotaShares(() -> 0);
        shares.share("t", 2, false);
        RateLimiter mine = new RateLimiter(RateWindows.published(), 200, shares);
        ChatCall sweep = ChatCall.of(ChatOperation.SEND_MESSAGE, Tokens.of("a"), "t", Priority.SWEEP);
        // Two of the 2.5 that are its part of 10 in 10 s.
        for (int i = 0; i < 2; i++) {
            Permit permit = ((Admission.Granted) mine.admit(send("a"), 0, 0)).permit();
            mine.end(permit, new CallEnd.Completed(true), 0);
        }
        assertThat(mine.admit(sweep, 0, 0)).isInstanceOf(Admission.Refused.class);
        assertThat(mine.remaining("writeMessages per thread", 0)).isBetween(0.19, 0.21);
    }

    private void fill(Priority priority) {
        while (limiter.admit(participants(priority), 0, 0) instanceof Admission.Granted granted) {
            limiter.end(granted.permit(), new CallEnd.Completed(true), 0);
            if (limiter.earliestMs(ChatOperation.LIST_PARTICIPANTS, "8:acs:a", "t", priority, 0) > 0) {
                return;
            }
        }
    }

    private static ChatCall participants(Priority priority) {
        return ChatCall.of(ChatOperation.LIST_PARTICIPANTS, Tokens.of("a"), "t", priority);
    }

    @Test
    void a_call_that_was_not_sent_is_given_back() {
        for (int i = 0; i < 50; i++) {
            limiter.end(granted(send("a"), 0), new CallEnd.NotCounted(), 0);
        }
        assertThat(limiter.admit(send("a"), 0, 0)).isInstanceOf(Admission.Granted.class);
    }

    @Test
    void a_429_pauses_the_scope_to_blame_and_trust_comes_back_slowly() {
        ChatCall alice = list("a");
        limiter.end(granted(alice, 0), new CallEnd.Throttled(3_000), 0);
        assertThat(limiter.earliestMs(alice.operation(), "8:acs:a", "t", Priority.POLL, 1_000))
                .isEqualTo(2_000);
        assertThat(limiter.earliestMs(alice.operation(), "8:acs:b", "t", Priority.POLL, 1_000))
                .isZero();
        // Calls are spaced first: 29 of 50 in 10 s are believed in.
        assertThat(interactive(alice, 3_000)).isEqualTo(1);
        assertThat(limiter.earliestMs(alice.operation(), "8:acs:a", "t", Priority.POLL, 3_000))
                .isEqualTo(344);
        // Of the quarter that is left of the cut half a half has come back; the call at 3,000 is out of the window.
        assertThat(interactive(alice, 20_000)).isEqualTo(43);
        assertThat(interactive(alice, 70_000)).isEqualTo(50);
    }

    @Test
    void a_second_user_with_a_429_puts_the_blame_on_the_thread() {
        limiter.end(granted(list("a"), 0), new CallEnd.Throttled(3_000), 0);
        limiter.end(granted(list("b"), 10), new CallEnd.Throttled(3_000), 10);
        assertThat(limiter.earliestMs(ChatOperation.LIST_MESSAGES, "8:acs:c", "t", Priority.POLL, 1_000))
                .isEqualTo(2_010);
    }

    @Test
    void idle_scopes_are_removed_and_a_full_table_refuses() {
        for (String thread : List.of("t1", "t2", "t3", "t4", "t5", "t6")) {
            complete(ChatCall.of(ChatOperation.SEND_MESSAGE, Tokens.of("a"), thread, Priority.SEND), 0);
        }
        assertThat(limiter.size()).isEqualTo(6);
        ChatCall further = ChatCall.of(ChatOperation.SEND_MESSAGE, Tokens.of("a"), "t7", Priority.SEND);
        assertThat(limiter.admit(further, 1_000, 2_000))
                .isEqualTo(new Admission.Refused(1_000, "the gateway keeps count of 6 scopes at most", true));
        assertThat(limiter.admit(further, 61_000, 2_000)).isInstanceOf(Admission.Granted.class);
        assertThat(limiter.size()).isLessThanOrEqualTo(5);
    }

    @Test
    void without_windows_everything_passes() {
        RateLimiter open = new RateLimiter(RateWindows.none());
        for (int i = 0; i < 1_000; i++) {
            assertThat(open.admit(send("a"), 0, 0)).isInstanceOf(Admission.Granted.class);
        }
        assertThat(open.size()).isZero();
    }

    private int polls(Priority priority) {
        RateLimiter fresh = new RateLimiter(RateWindows.published());
        ChatCall call = ChatCall.of(ChatOperation.LIST_PARTICIPANTS, Tokens.of("a"), "t", priority);
        int calls = 0;
        while (fresh.admit(call, 0, 0) instanceof Admission.Granted granted) {
            fresh.end(granted.permit(), new CallEnd.Completed(true), 0);
            calls++;
        }
        return calls;
    }

    private int interactive(ChatCall call, long now) {
        int calls = 0;
        while (limiter.admit(call, now, 0) instanceof Admission.Granted granted) {
            limiter.end(granted.permit(), new CallEnd.Completed(true), now);
            calls++;
        }
        return calls;
    }

    private void complete(ChatCall call, long now) {
        limiter.end(granted(call, now), new CallEnd.Completed(true), now);
    }

    private Permit granted(ChatCall call, long now) {
        return ((Admission.Granted) limiter.admit(call, now, 0)).permit();
    }

    private static ChatCall send(String user) {
        return ChatCall.of(ChatOperation.SEND_MESSAGE, Tokens.of(user), "t", Priority.SEND);
    }

    private static ChatCall list(String user) {
        return ChatCall.of(ChatOperation.LIST_MESSAGES, Tokens.of(user), "t", Priority.HISTORY);
    }
}
