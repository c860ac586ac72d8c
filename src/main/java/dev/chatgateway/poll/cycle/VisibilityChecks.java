package dev.chatgateway.poll.cycle;

import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/** Subscribers of a thread who wait to learn whether they are shown a message. Bounded. */
public final class VisibilityChecks {
    private static final int MOST = 256;
    private static final int PER_ROUND = 4;

    private final PollContext env;
    private final List<VisibilityCheck> waiting = new ArrayList<>(0);

    public VisibilityChecks(PollContext env) {
        this.env = env;
    }

    /** Waits for a round to tell. */
    public Future<Boolean> add(String subscriberId, long messageId, long version) {
        if (waiting.size() >= MOST) {
            env.metrics().limitHit("watch.views");
            return Future.failedFuture(PollFailures.tooManyPending());
        }
        VisibilityCheck view = new VisibilityCheck(subscriberId, messageId, version);
        waiting.add(view);
        return view.promise().future();
    }

    public boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Answers some of those who wait. Never fails. */
    Future<Void> answer(ThreadState state) {
        Future<Void> all = Future.succeededFuture();
        for (VisibilityCheck view : List.copyOf(waiting.subList(0, Math.min(PER_ROUND, waiting.size())))) {
            all = all.compose(v -> view.ask(state, env)).map(done -> {
                if (done) {
                    waiting.remove(view);
                }
                return null;
            });
        }
        return all;
    }

    public void failAll(ChatServiceException why) {
        waiting.forEach(v -> v.promise().tryFail(why));
        waiting.clear();
    }
}
