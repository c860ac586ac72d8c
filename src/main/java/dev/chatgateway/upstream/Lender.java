package dev.chatgateway.upstream;

import io.vertx.core.Future;
import java.util.Optional;

/** The nodes that read threads, and keep the account of their windows. */
public interface Lender {
    /**
     * Asks the node that reads a thread to pay for a call. Any thread; completes on any, within a second, and never fails.
     *
     * @return empty if it did not answer, or has nothing left
     */
    Future<Optional<Loan>> borrow(ChatOperation operation, String userId, String threadId);

    /** A call that another node has paid. */
    interface Loan {
        /** When the call may be sent, in milliseconds from the answer on. */
        long waitMs();

        /**
         * The call is over: told once, any thread. A loan that nobody tells of counts as used.
         *
         * @param counted whether the service may have counted it
         * @param pauseMs how long the service wants no more of them (429); 0 if it does
         */
        void repay(boolean counted, long pauseMs);
    }
}
