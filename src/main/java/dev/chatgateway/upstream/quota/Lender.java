package dev.chatgateway.upstream.quota;

import dev.chatgateway.upstream.ChatOperation;
import io.vertx.core.Future;

/** The nodes that keep the accounts of threads' windows. */
public interface Lender {
    /** Asks the node that keeps a thread's account to pay for a call. Any thread; completes on any, within a second, and never fails. */
    Future<Answer> borrow(ChatOperation operation, String userId, String threadId);

    /** What came of it. */
    sealed interface Answer {
        /** Paid. */
        record Lent(Loan loan) implements Answer {}

        /** There is nothing left that could be lent. */
        record Full() implements Answer {}

        /** This node keeps the account itself, or the one that does can't be asked. */
        record Alone() implements Answer {}
    }

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
