package dev.chatgateway.replication;

import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.quota.Lender;
import dev.chatgateway.upstream.quota.Lending;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Calls of one node that are paid from the account of another, the one that keeps it for the thread: this node's of
 * others, and others' of this one. A message that is lost costs a call or, when the end of one is lost, the place in a window for
 * half a minute. Poller's context, but for {@link #borrow} and the repayment of loans.
 */
public final class RemotePermits implements Lender {
    /** Nodes are near each other. Whoever gets no answer goes on with its own part. */
    private static final long ANSWER_MS = 250;
    /** Longer than a call lives with its wait for a window; what was not repaid by then counts as made. */
    private static final long LIFE_MS = 30_000;

    private static final int MOST = 10_000;

    private final ReplicationService ownership;
    private final QuotaOwners keepers;
    private final Lending account;
    private final Scheduler ticker;
    private final GatewayMetrics metrics;
    private final Executor loop;
    /** Requests that are under way, by number. */
    private final Map<Long, Promise<Long>> asked = new HashMap<>();

    private final Map<Given, Lender.Loan> given = new HashMap<>();
    private long last;

    /** A loan to another node. */
    private record Given(String node, long loan) {}

    /** @param loop runs tasks on the poller's context */
    public RemotePermits(
            ReplicationService ownership, Lending account, Scheduler ticker, GatewayMetrics metrics, Executor loop) {
        this.ownership = ownership;
        keepers = new QuotaOwners(ownership);
        this.account = account;
        this.ticker = ticker;
        this.metrics = metrics;
        this.loop = loop;
    }

    @Override
    public Future<Answer> borrow(ChatOperation operation, String userId, String threadId) {
        Promise<Answer> answer = Promise.promise();
        loop.execute(() -> ask(operation, userId, threadId, answer));
        return answer.future();
    }

    private void ask(ChatOperation operation, String userId, String threadId, Promise<Answer> answer) {
        keepers.of(threadId).onSuccess(node -> {
            if (node.equals(ownership.bus().self())) {
                answer.complete(new Answer.Alone());
            } else if (!ownership.bus().speaks(node) || asked.size() >= MOST) {
                metrics.cluster().permitRequested("unanswered");
                answer.complete(new Answer.Alone());
            } else {
                ask(node, new NodeMessage.Borrow(++last, threadId, userId, operation.name()), answer);
            }
        });
    }

    private void ask(String node, NodeMessage.Borrow wish, Promise<Answer> answer) {
        long loan = wish.loan();
        Promise<Long> waitMs = Promise.promise();
        asked.put(loan, waitMs);
        Scheduler.Timer limit = ticker.schedule(ANSWER_MS, () -> waitMs.tryFail("no answer"));
        waitMs.future().onComplete(done -> {
            asked.remove(loan);
            limit.cancel();
            metrics.cluster().permitRequested(done.failed() ? "unanswered" : done.result() < 0 ? "refused" : "granted");
            answer.complete(
                    done.failed()
                            ? new Answer.Alone()
                            : done.result() < 0
                                    ? new Answer.Full()
                                    : new Answer.Lent(new Borrowed(node, loan, done.result())));
        });
        ownership.bus().send(node, wish);
    }

    /** This node's call, paid by another. */
    private final class Borrowed implements Loan {
        private final String node;
        private final long loan;
        private final long waitMs;

        private Borrowed(String node, long loan, long waitMs) {
            this.node = node;
            this.loan = loan;
            this.waitMs = waitMs;
        }

        @Override
        public long waitMs() {
            return waitMs;
        }

        @Override
        public void repay(boolean counted, long pauseMs) {
            loop.execute(() -> ownership.bus().send(node, new NodeMessage.Repaid(loan, counted, pauseMs)));
        }
    }

    /** Another node asks. */
    void asked(String from, NodeMessage.Borrow wish) {
        // Who follows it knows that another keeps the account.
        boolean kept = ownership.roles().follower(wish.threadId()) == null;
        Optional<Loan> paid = kept && given.size() < MOST
                ? operation(wish.operation()).flatMap(op -> account.lend(op, wish.userId(), wish.threadId()))
                : Optional.empty();
        paid.ifPresent(loan -> {
            Given key = new Given(from, wish.loan());
            given.put(key, loan);
            ticker.schedule(LIFE_MS, () -> end(key, true, 0));
        });
        ownership
                .bus()
                .send(
                        from,
                        new NodeMessage.Lent(wish.loan(), paid.map(Loan::waitMs).orElse(-1L)));
    }

    /** Another node answers. If that is too late the call may have gone on without: it is given back. */
    void answered(String from, NodeMessage.Lent lent) {
        Promise<Long> waitMs = asked.get(lent.loan());
        if (waitMs != null) {
            waitMs.tryComplete(lent.waitMs());
        } else if (lent.waitMs() >= 0) {
            ownership.bus().send(from, new NodeMessage.Repaid(lent.loan(), false, 0));
        }
    }

    /** A call of another node is over. */
    void repaid(String from, NodeMessage.Repaid repaid) {
        end(new Given(from, repaid.loan()), repaid.counted(), repaid.pauseMs());
    }

    private void end(Given key, boolean counted, long pauseMs) {
        Loan loan = given.remove(key);
        if (loan != null) {
            loan.repay(counted, pauseMs);
        }
    }

    /** A newer node may know more of them. */
    private static Optional<ChatOperation> operation(String name) {
        return Arrays.stream(ChatOperation.values())
                .filter(operation -> operation.name().equals(name))
                .findFirst();
    }
}
