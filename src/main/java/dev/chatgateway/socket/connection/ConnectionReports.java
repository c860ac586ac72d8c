package dev.chatgateway.socket.connection;

import dev.chatgateway.event.NodeState;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The connections of all loops as one list. Any context. */
public final class ConnectionReports implements NodeState.Connections {
    private final List<? extends NodeState.Connections> loops;

    /** @param loops the connections of each loop; the list may grow */
    public ConnectionReports(List<? extends NodeState.Connections> loops) {
        this.loops = loops;
    }

    @Override
    public Future<NodeState.Page<NodeState.ConnectionEntry>> connections(String after, int limit) {
        List<Future<NodeState.Page<NodeState.ConnectionEntry>>> parts =
                loops.stream().map(loop -> loop.connections(after, limit)).toList();
        return Future.all(parts).map(done -> merged(parts.stream().map(Future::result), limit));
    }

    /** What is told of one. */
    static NodeState.ConnectionEntry of(
            String id, @Nullable Identity who, Heartbeat pulse, SocketChannel channel, int subscriptions) {
        return new NodeState.ConnectionEntry(
                id,
                who == null ? null : who.userId(),
                Instant.ofEpochMilli(pulse.openedMs()),
                subscriptions,
                new NodeState.TrafficCounters(pulse.framesIn(), pulse.bytesIn(), channel.framesOut(), channel.bytesOut()),
                channel.behind());
    }

    /** The first of each loop's first are the first of all. */
    private static NodeState.Page<NodeState.ConnectionEntry> merged(
            Stream<NodeState.Page<NodeState.ConnectionEntry>> parts, int limit) {
        List<NodeState.Page<NodeState.ConnectionEntry>> pages = parts.toList();
        List<NodeState.ConnectionEntry> entries =
                pages.stream().flatMap(page -> page.entries().stream()).toList();
        boolean more = pages.stream().anyMatch(page -> page.next() != null);
        NodeState.Page<NodeState.ConnectionEntry> first =
                NodeState.page(entries, NodeState.ConnectionEntry::id, "", limit, entry -> entry);
        String last = first.entries().isEmpty()
                ? null
                : first.entries().get(first.entries().size() - 1).id();
        return new NodeState.Page<>(
                pages.stream().mapToInt(NodeState.Page::total).sum(), first.entries(), more ? last : first.next());
    }
}
