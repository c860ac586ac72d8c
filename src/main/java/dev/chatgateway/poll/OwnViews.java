package dev.chatgateway.poll;

import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/** Subscribers of a thread who wait to learn whether they are shown a message. Bounded. */
final class OwnViews {
    private static final int MOST = 256;
    private static final int PER_ROUND = 4;

    private final PollEnvironment env;
    private final List<OwnView> waiting = new ArrayList<>(0);

    OwnViews(PollEnvironment env) {
        this.env = env;
    }

    /** Waits for a round to tell. */
    Future<Boolean> add(String subscriberId, long messageId, long version) {
        if (waiting.size() >= MOST) {
            env.metrics().limitHit("watch.views");
            return Future.failedFuture(Failures.crowded());
        }
        OwnView view = new OwnView(subscriberId, messageId, version);
        waiting.add(view);
        return view.promise().future();
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Answers some of those who wait. Never fails. */
    Future<Void> answer(ThreadState state) {
        Future<Void> all = Future.succeededFuture();
        for (OwnView view : List.copyOf(waiting.subList(0, Math.min(PER_ROUND, waiting.size())))) {
            all = all.compose(v -> view.ask(state, env)).map(done -> {
                if (done) {
                    waiting.remove(view);
                }
                return null;
            });
        }
        return all;
    }

    void failAll(ChatServiceException why) {
        waiting.forEach(v -> v.promise().tryFail(why));
        waiting.clear();
    }
}
