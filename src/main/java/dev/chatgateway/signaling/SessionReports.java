package dev.chatgateway.signaling;

import dev.chatgateway.event.NodeState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;

/** Lists the sessions of this node for operators. Any context. */
public final class SessionReports implements NodeState.Sessions {
    private final SessionRegistry registry;

    public SessionReports(SessionRegistry registry) {
        this.registry = registry;
    }

    /** Each session of the page is asked on its own event loop. */
    @Override
    public Future<NodeState.Page<NodeState.SessionEntry>> sessions(String after, int limit) {
        NodeState.Page<SessionRegistry.Member> page =
                NodeState.page(registry.all(), SessionRegistry.Member::id, after, limit, member -> member);
        List<Future<NodeState.SessionEntry>> entries =
                page.entries().stream().map(SessionReports::entry).toList();
        return Future.all(entries)
                .map(done -> new NodeState.Page<>(
                        page.total(), entries.stream().map(Future::result).toList(), page.next()));
    }

    private static Future<NodeState.SessionEntry> entry(SessionRegistry.Member member) {
        Promise<NodeState.SessionEntry> entry = Promise.promise();
        member.loop().later(() -> entry.complete(member.report()));
        return entry.future();
    }
}
