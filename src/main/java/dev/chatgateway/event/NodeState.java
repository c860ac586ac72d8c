package dev.chatgateway.event;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a node tells its operators of itself. Names of threads and users, never a token or a message.
 *
 * @param budgets what is left of each rate limit, 0 to 1
 * @param cluster empty for a single node
 */
public record NodeState(
        Threads threads,
        Connections connections,
        Supplier<Map<String, Double>> budgets,
        Supplier<Optional<ClusterView>> cluster) {
    /**
     * The cluster as a node sees it.
     *
     * @param self the node's id, new at each of its starts
     * @param nodes all members
     * @param sane whether the node is one of them
     */
    public record ClusterView(String self, List<String> nodes, boolean sane) {
        public ClusterView {
            nodes = List.copyOf(nodes);
        }
    }

    /** The threads that the node reads. */
    public interface Threads {
        /** Those whose ids follow the given one, so many at most. Any context. */
        Future<Page<ThreadEntry>> threads(String after, int limit);
    }

    /** The node's WebSockets. */
    public interface Connections {
        /** Those whose names follow the given one, so many at most. Any context. */
        Future<Page<ConnectionEntry>> connections(String after, int limit);
    }

    /**
     * A part of a list.
     *
     * @param total of the whole list
     * @param next what to ask after for the next page; null at the end
     */
    public record Page<T>(
            int total, List<T> entries, @Nullable String next) {
        public Page {
            entries = List.copyOf(entries);
        }
    }

    /**
     * A watched thread.
     *
     * @param role own: this node reads it; follows: another does; unread: that one is silent, so this one does meanwhile
     * @param reader the node that reads it, if it is another
     * @param pace hot, warm, cold; digest or parked: a list of threads watches it
     * @param intervalMs mean time between its readings
     * @param readAgoMs since its last successful reading began; -1: none yet
     * @param lateMs by how much events come later than usual
     * @param budgetMs how long the ledger would hold its next poll back
     */
    public record ThreadEntry(
            String threadId,
            String role,
            @Nullable String reader,
            String pace,
            long intervalMs,
            long readAgoMs,
            long lateMs,
            long budgetMs,
            int subscribers) {}

    /**
     * A WebSocket.
     *
     * @param userId null before the token is proven
     * @param behindBytes what its socket has not taken yet
     */
    public record ConnectionEntry(
            String id,
            @Nullable String userId,
            Instant openedOn,
            int subscriptions,
            Traffic traffic,
            long behindBytes) {}

    /** Frames and bytes since a connection was opened. */
    public record Traffic(int framesIn, long bytesIn, int framesOut, long bytesOut) {}

    /**
     * The first of those that follow a name, in the order of their names. Touches each once and keeps no more than a page,
     * as there may be a hundred thousand on an event loop.
     */
    public static <S, T> Page<T> page(
            Collection<S> all, Function<S, String> name, String after, int limit, Function<S, T> report) {
        PriorityQueue<S> first = new PriorityQueue<>(Comparator.comparing(name).reversed());
        for (S one : all) {
            if (name.apply(one).compareTo(after) > 0) {
                first.add(one);
                if (first.size() > limit + 1) {
                    first.remove();
                }
            }
        }
        boolean more = first.size() > limit;
        if (more) {
            first.remove();
        }
        List<S> sorted = new ArrayList<>(first);
        sorted.sort(Comparator.comparing(name));
        String next = more && !sorted.isEmpty() ? name.apply(sorted.get(sorted.size() - 1)) : null;
        return new Page<>(all.size(), sorted.stream().map(report).toList(), next);
    }
}
