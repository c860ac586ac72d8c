package dev.chatgateway.upstream.quota;

import static dev.chatgateway.upstream.EmbeddedFixture.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.RetryPolicy;
import dev.chatgateway.upstream.VirtualTimers;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls of a thread that another node reads, in virtual time; this node's own part are two writes in ten seconds. */
class CallAdmissionIT {
    private static final int OWN = 2;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final VirtualTimers timers = new VirtualTimers();
    private final QuotaShares shares = new QuotaShares(timers::nowMs);
    private final CallAdmission till = new CallAdmission(new RateLimiter(RateWindows.published(), 200, shares), timers);
    private final List<String> told = new ArrayList<>();
    private int asked;
    private Lender.Answer answer = new Lender.Answer.Lent(new TestLoan(0));

    private final class TestLoan implements Lender.Loan {
        private final long waitMs;

        private TestLoan(long waitMs) {
            this.waitMs = waitMs;
        }

        @Override
        public long waitMs() {
            return waitMs;
        }

        @Override
        public void repay(boolean counted, long pauseMs) {
            told.add(counted + " " + pauseMs);
        }
    }

    @BeforeEach
    void followed_here() {
        shares.share("t", 2, false);
        shares.borrowFrom((operation, userId, threadId) -> {
            asked++;
            return vertx.executeBlocking(() -> answer);
        });
    }

    @AfterEach
    void stop() {
        get(vertx.close());
    }

    @Test
    void people_borrow_what_the_nodes_own_part_does_not_have() {
        for (int i = 0; i < 9; i++) {
            pay(Priority.SEND, RetryPolicy.PATIENCE_MS).orElseThrow().settled(true);
        }
        assertThat(asked).isEqualTo(9 - OWN);
        assertThat(told).hasSize(9 - OWN).containsOnly("true 0");
    }

    @Test
    void the_gateways_own_calls_do_not() {
        for (int i = 0; i < 9; i++) {
            pay(Priority.POLL, 0).ifPresent(bill -> bill.settled(true));
        }
        assertThat(pay(Priority.POLL, 0)).isEmpty();
        assertThat(asked).isZero();
    }

    @Test
    void the_reader_is_told_how_a_borrowed_call_ended() {
        used();
        pay(Priority.SEND, RetryPolicy.PATIENCE_MS).orElseThrow().denied();
        pay(Priority.SEND, RetryPolicy.PATIENCE_MS).orElseThrow().refunded();
        pay(Priority.SEND, RetryPolicy.PATIENCE_MS).orElseThrow().throttled(3_000);
        assertThat(told).containsExactly("false 0", "false 0", "true 3000");
    }

    @Test
    void a_loan_may_be_for_later() {
        used();
        answer = new Lender.Answer.Lent(new TestLoan(1_500));
        assertThat(pay(Priority.SEND, RetryPolicy.PATIENCE_MS).orElseThrow().waitMs())
                .isEqualTo(1_500);
    }

    @Test
    void without_a_loan_one_waits_for_ones_own_part() {
        used();
        answer = new Lender.Answer.Full();
        assertThat(pay(Priority.SEND, RetryPolicy.PATIENCE_MS)).isEmpty();
        timers.advance(9_000);
        assertThat(pay(Priority.SEND, RetryPolicy.PATIENCE_MS).orElseThrow().waitMs())
                .isEqualTo(1_200);
    }

    @Test
    void a_call_of_a_thread_that_is_not_watched_here_is_paid_by_who_keeps_its_account() {
        for (int i = 0; i < 9; i++) {
            pay("other", ChatOperation.SEND_MESSAGE, Priority.SEND, RetryPolicy.PATIENCE_MS)
                    .orElseThrow()
                    .settled(true);
        }
        assertThat(asked).isEqualTo(9);
        answer = new Lender.Answer.Full();
        assertThat(pay("other", ChatOperation.SEND_MESSAGE, Priority.SEND, RetryPolicy.PATIENCE_MS))
                .isEmpty();
        answer = new Lender.Answer.Alone();
        assertThat(pay("other", ChatOperation.SEND_MESSAGE, Priority.SEND, RetryPolicy.PATIENCE_MS))
                .isPresent();
    }

    /** The windows of a user do not belong to a thread: nobody else has an account of them. */
    @ParameterizedTest
    @EnumSource(
            value = ChatOperation.class,
            names = {"CREATE_THREAD", "DELETE_THREAD", "GET_THREAD", "LIST_THREADS"})
    void calls_that_no_thread_counts_are_not_borrowed(ChatOperation operation) {
        for (int i = 0; i < 51; i++) {
            pay(operation, Priority.SEND, RetryPolicy.PATIENCE_MS);
        }
        assertThat(asked).isZero();
    }

    private void used() {
        for (int i = 0; i < OWN; i++) {
            pay(Priority.SEND, RetryPolicy.PATIENCE_MS).orElseThrow().settled(true);
        }
    }

    private Optional<CallAdmission.Bill> pay(Priority priority, long patienceMs) {
        return pay(ChatOperation.SEND_MESSAGE, priority, patienceMs);
    }

    private Optional<CallAdmission.Bill> pay(ChatOperation operation, Priority priority, long patienceMs) {
        return pay("t", operation, priority, patienceMs);
    }

    /** Empty if it is refused. On a context, and answered there. */
    private Optional<CallAdmission.Bill> pay(String threadId, ChatOperation operation, Priority priority, long patienceMs) {
        Promise<Optional<CallAdmission.Bill>> paid = Promise.promise();
        context.runOnContext(turn -> till.pay(
                new AdmissionRequest(operation, "8:acs:a", threadId, priority, null),
                patienceMs,
                bill -> answered(paid, Optional.of(bill)),
                refused -> answered(paid, Optional.empty())));
        return get(paid.future());
    }

    private void answered(Promise<Optional<CallAdmission.Bill>> paid, Optional<CallAdmission.Bill> answer) {
        Future<Void> here = Vertx.currentContext() == context
                ? Future.succeededFuture()
                : Future.failedFuture("answered on another context");
        here.<Optional<CallAdmission.Bill>>map(v -> answer).onComplete(paid);
    }
}
