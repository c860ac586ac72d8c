package dev.chatgateway.socket.connection;

import dev.chatgateway.event.NodeState;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Lists the connections of all event loops. Any context. */
public final class ConnectionReports implements NodeState.Connections {
    private final List<? extends NodeState.Connections> loops;

    /** @param loops one source for each event loop; the list may grow */
    public ConnectionReports(List<? extends NodeState.Connections> loops) {
        this.loops = loops;
    }

    @Override
    public Future<NodeState.Page<NodeState.ConnectionEntry>> connections(String after, int limit) {
        List<Future<NodeState.Page<NodeState.ConnectionEntry>>> pages =
                loops.stream().map(loop -> loop.connections(after, limit)).toList();
        return Future.all(pages).map(done -> merge(pages.stream().map(Future::result), limit));
    }

    /** The entry of one connection. */
    static NodeState.ConnectionEntry of(
            String id,
            String transport,
            @Nullable Identity identity,
            Heartbeat heartbeat,
            SocketChannel channel,
            int subscriptions) {
        return new NodeState.ConnectionEntry(
                id,
                transport,
                identity == null ? null : identity.userId(),
                Instant.ofEpochMilli(heartbeat.openedMs()),
                subscriptions,
                new NodeState.TrafficCounters(
                        heartbeat.framesIn(), heartbeat.bytesIn(), channel.framesOut(), channel.bytesOut()),
                channel.backlogBytes());
    }

    /** Merges the first page of each event loop into the first page of all. */
    private static NodeState.Page<NodeState.ConnectionEntry> merge(
            Stream<NodeState.Page<NodeState.ConnectionEntry>> pages, int limit) {
        List<NodeState.Page<NodeState.ConnectionEntry>> all = pages.toList();
        List<NodeState.ConnectionEntry> entries =
                all.stream().flatMap(page -> page.entries().stream()).toList();
        boolean more = all.stream().anyMatch(page -> page.next() != null);
        NodeState.Page<NodeState.ConnectionEntry> first =
                NodeState.page(entries, NodeState.ConnectionEntry::id, "", limit, entry -> entry);
        String last = first.entries().isEmpty()
                ? null
                : first.entries().get(first.entries().size() - 1).id();
        return new NodeState.Page<>(
                all.stream().mapToInt(NodeState.Page::total).sum(), first.entries(), more ? last : first.next());
    }
}
