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
 * State of a node for its operators. Contains ids of threads and users, never a token or the text of a message.
 *
 * @param budgets remaining share of each rate limit, 0 to 1
 * @param cluster empty for a single node
 */
public record NodeState(
        Threads threads,
        Connections connections,
        Sessions sessions,
        Supplier<Map<String, Double>> budgets,
        Supplier<Optional<ClusterView>> cluster) {
    /**
     * The cluster as this node sees it.
     *
     * @param self the node's id, new at each start
     * @param nodes ids of all members
     * @param sane whether this node is one of them
     */
    public record ClusterView(String self, List<String> nodes, boolean sane) {
        public ClusterView {
            nodes = List.copyOf(nodes);
        }
    }

    /** The threads that the node watches. */
    public interface Threads {
        /** At most {@code limit} threads with ids after the given one. Any context. */
        Future<Page<ThreadEntry>> threads(String after, int limit);
    }

    /** The WebSocket connections of the node. */
    public interface Connections {
        /** At most {@code limit} connections with ids after the given one. Any context. */
        Future<Page<ConnectionEntry>> connections(String after, int limit);
    }

    /** The sessions of the live channel of the official client libraries. */
    public interface Sessions {
        /** At most {@code limit} sessions with ids after the given one. Any context. */
        Future<Page<SessionEntry>> sessions(String after, int limit);
    }

    /**
     * A page of a list.
     *
     * @param total number of entries of the whole list
     * @param next id after which the next page begins; null for the last page
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
     * @param role own: this node is the leader and polls the thread; follows: another node is; unread: the leader is silent,
     *     so this node polls meanwhile
     * @param reader the leader if it is another node
     * @param pace hot, warm, cold; digest or parked: covered by a thread list
     * @param intervalMs mean time between polls
     * @param readAgoMs time since the last successful poll began; -1 before the first
     * @param lateMs by how much events are later than usual
     * @param budgetMs how long the rate limiter would delay the next poll
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
     * A connection of the gateway's own protocol.
     *
     * @param transport websocket, sse or longPoll
     * @param userId null before authentication
     * @param behindBytes bytes that wait to be written to its socket
     */
    public record ConnectionEntry(
            String id,
            String transport,
            @Nullable String userId,
            Instant openedOn,
            int subscriptions,
            TrafficCounters traffic,
            long behindBytes) {}

    /**
     * A session of an official client library, with or without a connection.
     *
     * @param transport websocket or polling; null without a connection
     * @param clientVersion what the client says that it is; null if it says nothing
     * @param unacknowledged pushes that the client has not acknowledged
     * @param detachedOn since when it has no connection; null while it has one
     */
    public record SessionEntry(
            String id,
            String userId,
            @Nullable String transport,
            @Nullable String clientVersion,
            Instant openedOn,
            int threads,
            int unacknowledged,
            @Nullable Instant detachedOn) {}

    /** Frames and bytes of a connection since it was opened. */
    public record TrafficCounters(int framesIn, long bytesIn, int framesOut, long bytesOut) {}

    /**
     * The page that follows a name, in the order of names. Visits each element once and keeps one page only, because an event
     * loop may have a hundred thousand elements.
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
