package dev.chatgateway.upstream.quota;

import dev.chatgateway.tracing.CallerContext;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.quota.RateLimiter.Admission;
import dev.chatgateway.upstream.quota.RateLimiter.Permit;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Where calls are paid: from this node's part of the windows, or people's calls, when that is used up, with a loan of the
 * node that keeps the thread's account; of a thread that this node does not watch each call is that node's. Used on event loops; answers on the caller's context, as a part of its span.
 */
public final class CallAdmission {
    private final RateLimiter ledger;
    private final Timers timers;

    public CallAdmission(RateLimiter ledger, Timers timers) {
        this.ledger = ledger;
        this.timers = timers;
    }

    /** A call that has been paid; told of exactly one of four endings. */
    public sealed interface Bill {
        /** When the call may be sent, in milliseconds from now. */
        long waitMs();

        /** The call was sent, and answered or given up. */
        void settled(boolean accepted);

        /** The service did not accept the token. */
        void denied();

        /** The call was not sent, or can't have been counted for this user. */
        void refunded();

        /** The service answered 429, and wants no more of them for a while. */
        void throttled(long pauseMs);

        /** 429s in a row, as far as this node knows. */
        int strikes();
    }

    /**
     * Pays for a call; at once, in the same turn, unless another node is asked.
     *
     * @param patienceMs what the call may wait for its windows; 0 for the gateway's own calls, which borrow nothing
     */
    public void pay(AdmissionRequest payment, long patienceMs, Consumer<Bill> paid, Consumer<Admission.Refused> refused) {
        boolean borrows = patienceMs > 0 && payment.address() == null && payment.userId() != null;
        Lender lender = borrows ? ledger.lender(payment) : null;
        if (lender == null) {
            own(payment, patienceMs, paid, refused);
        } else if (ledger.shared(payment)) {
            own(payment, 0, paid, full -> borrow(lender, payment, patienceMs, paid, refused));
        } else {
            borrow(lender, payment, patienceMs, paid, refused);
        }
    }

    private void own(AdmissionRequest payment, long patienceMs, Consumer<Bill> paid, Consumer<Admission.Refused> refused) {
        Admission admission = ledger.admit(payment, timers.nowMs(), patienceMs);
        if (admission instanceof Admission.Granted granted) {
            paid.accept(new Own(granted.permit(), granted.waitMs()));
        } else if (admission instanceof Admission.Refused full) {
            refused.accept(full);
        }
    }

    /** Who gets no loan may still wait for a window of this node's own part, or of the whole where it is this node's. */
    private void borrow(
            Lender lender,
            AdmissionRequest payment,
            long patienceMs,
            Consumer<Bill> paid,
            Consumer<Admission.Refused> refused) {
        CallerContext caller = CallerContext.current();
        ChatOperation operation = Objects.requireNonNull(payment.operation());
        String userId = Objects.requireNonNull(payment.userId());
        String threadId = Objects.requireNonNull(payment.threadId());
        lender.borrow(operation, userId, threadId)
                .onSuccess(answer -> caller.schedule(() -> {
                    if (answer instanceof Lender.Answer.Lent lent) {
                        paid.accept(new Borrowed(lent.loan()));
                    } else if (answer instanceof Lender.Answer.Full && !ledger.shared(payment)) {
                        refused.accept(ledger.full(payment));
                    } else {
                        own(payment, patienceMs, paid, refused);
                    }
                }));
    }

    private final class Own implements Bill {
        private final Permit permit;
        private final long waitMs;

        private Own(Permit permit, long waitMs) {
            this.permit = permit;
            this.waitMs = waitMs;
        }

        @Override
        public long waitMs() {
            return waitMs;
        }

        @Override
        public void settled(boolean accepted) {
            ledger.settled(permit, accepted, timers.nowMs());
        }

        @Override
        public void denied() {
            ledger.denied(permit, timers.nowMs());
        }

        @Override
        public void refunded() {
            ledger.refunded(permit);
        }

        @Override
        public void throttled(long pauseMs) {
            ledger.throttled(permit, pauseMs, timers.nowMs());
        }

        @Override
        public int strikes() {
            return ledger.strikes(permit);
        }
    }

    private record Borrowed(Lender.Loan loan) implements Bill {
        @Override
        public long waitMs() {
            return loan.waitMs();
        }

        @Override
        public void settled(boolean accepted) {
            loan.repay(true, 0);
        }

        @Override
        public void denied() {
            loan.repay(false, 0);
        }

        @Override
        public void refunded() {
            loan.repay(false, 0);
        }

        @Override
        public void throttled(long pauseMs) {
            loan.repay(true, Math.max(1, pauseMs));
        }

        @Override
        public int strikes() {
            return 0;
        }
    }
}
