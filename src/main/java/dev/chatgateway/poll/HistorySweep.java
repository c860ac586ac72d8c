package dev.chatgateway.poll;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.poll.ThreadSource.Page;
import dev.chatgateway.poll.TokenTurns.Answer;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The slow way back through a thread's history, a page at a time at spare budget, over and over: it finds edits and
 * deletes of messages older than the window that nobody announced. Lives on the poller's context.
 */
final class HistorySweep {
    private final Supplier<GatewayConfig.Poll> config;
    private long dueAt;
    private long startedAt;
    private long oldest;
    private long passMs = -1;
    private int pages;
    private @Nullable String next;
    private @Nullable String reader;

    HistorySweep(Supplier<GatewayConfig.Poll> config) {
        this.config = config;
    }

    /** The window was filled anew. */
    void begin(PollEnvironment env) {
        next = null;
        dueAt = env.ticker().now() + env.random().nextLong(intervalMs());
    }

    /**
     * Whether a page should be read in a round.
     *
     * @param calm whether nobody waits for the round's end; a page long overdue is read all the same
     */
    boolean due(ThreadState state, long now, boolean calm) {
        return config.get().sweepPages() > 0
                && now >= (calm ? dueAt : dueAt + intervalMs())
                && state.read
                && state.watchers.wants(EventGroup.EDITS)
                && needed(state);
    }

    /** How old a change that only the sweep finds may be when it is told, in milliseconds. */
    long staleness(long now) {
        return passMs < 0 ? config.get().sweepPages() * intervalMs() : Math.max(passMs, now - startedAt) + intervalMs();
    }

    /** Reads one page. Never fails: what could not be read comes later. */
    Future<Void> page(ThreadState state, PollEnvironment env, TokenTurns turns, ChangeEvents changes) {
        long now = env.ticker().now();
        String link = next;
        if (link == null) {
            startedAt = now;
            oldest = Long.MAX_VALUE;
            pages = 0;
        }
        dueAt = now + intervalMs() * 9 / 10 + env.random().nextLong(intervalMs() / 5);
        // A link is used by the user who was given it: another's past may begin elsewhere.
        return turns.call(0, w -> link == null || w.userId().equals(reader), w -> env.source()
                        .messages(w.token(), state.threadId, TailReader.LARGEST_PAGE, link, Priority.SWEEP))
                .transform(result -> {
                    if (result.failed()) {
                        failed(Failures.of(result.cause()), now);
                    } else if (result.result().isEmpty()) {
                        next = null;
                    } else {
                        take(state, result.result().get(), env, changes);
                    }
                    return Future.succeededFuture();
                });
    }

    private void failed(ChatServiceException why, long now) {
        if (why.kind() == Kind.THROTTLED) {
            dueAt = Math.max(dueAt, now + why.retryAfterMs());
        } else if (why.kind() == Kind.REFUSED) {
            next = null;
        }
    }

    private void take(ThreadState state, Answer<Page> answer, PollEnvironment env, ChangeEvents changes) {
        Page page = answer.value();
        List<ChatMessage> messages = page.messages();
        long floor = Floors.of(state.roster, answer.by().userId());
        long bound = state.old.bound();
        changes.swept(state.old.compare(messages, state.window.lowerBound()));
        if (state.old.bound() > bound) {
            env.metrics().limitHit("poll.oldStates");
        }
        boolean whole = page.next() == null;
        if (!messages.isEmpty()) {
            oldest = Math.min(oldest, messages.get(messages.size() - 1).arrivedAt());
        }
        if (whole) {
            oldest = Math.min(oldest, floor);
        }
        state.old.covered(oldest);
        pages++;
        boolean enough = pages >= config.get().sweepPages();
        next = whole || enough || oldest <= state.old.bound() ? null : page.next();
        reader = answer.by().userId();
        if (next == null) {
            if (enough && !whole) {
                env.metrics().limitHit("poll.sweepPages");
            }
            state.old.end(Math.min(oldest, state.window.lowerBound()));
            passMs = env.ticker().now() - startedAt;
        }
    }

    /** Whether anybody sees further back than the window. */
    boolean needed(ThreadState state) {
        long from = state.window.lowerBound();
        Optional<Watcher> first = state.watchers.all().stream()
                .filter(w -> Floors.of(state.roster, w.userId()) < from)
                .findFirst();
        return first.isPresent();
    }

    private long intervalMs() {
        return config.get().sweepSeconds() * 1000L;
    }
}
