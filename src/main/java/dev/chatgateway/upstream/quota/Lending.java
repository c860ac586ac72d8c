package dev.chatgateway.upstream.quota;

import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.RetryPolicy;
import dev.chatgateway.upstream.quota.RateLimiter.Admission;
import java.util.Collection;
import java.util.Optional;
import java.util.function.LongSupplier;

/** This node's account as other nodes may use it: for calls of threads that this one reads. Any thread. */
public final class Lending {
    private final RateLimiter ledger;
    private final LongSupplier nowMs;

    /** @param nowMs the ledger's time */
    public Lending(RateLimiter ledger, LongSupplier nowMs) {
        this.ledger = ledger;
        this.nowMs = nowMs;
    }

    /** Pays for a person's call on another node; empty if it would not fit within {@link RetryPolicy#PATIENCE_MS}. */
    public Optional<Lender.Loan> lend(ChatOperation operation, String userId, String threadId) {
        AdmissionRequest payment = new AdmissionRequest(operation, userId, threadId, Priority.SEND, null);
        return ledger.admit(payment, nowMs.getAsLong(), RetryPolicy.PATIENCE_MS) instanceof Admission.Granted granted
                ? Optional.of(new Lent(granted))
                : Optional.empty();
    }

    /** The largest share of any window of a thread, or of some users in it, that this node has used, 0 to 1. Any thread. */
    public double used(String threadId, Collection<String> users) {
        return ledger.used(threadId, users, nowMs.getAsLong());
    }

    private final class Lent implements Lender.Loan {
        private final Admission.Granted granted;

        private Lent(Admission.Granted granted) {
            this.granted = granted;
        }

        @Override
        public long waitMs() {
            return granted.waitMs();
        }

        @Override
        public void repay(boolean counted, long pauseMs) {
            long now = nowMs.getAsLong();
            if (pauseMs > 0) {
                ledger.throttled(granted.permit(), pauseMs, now);
            } else if (counted) {
                ledger.settled(granted.permit(), false, now);
            } else {
                ledger.refunded(granted.permit());
            }
        }
    }
}
