package dev.chatgateway.replication;

import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.RetryPolicy;
import dev.chatgateway.upstream.quota.AdmissionRequest;
import dev.chatgateway.upstream.quota.CallEnd;
import dev.chatgateway.upstream.quota.CallPermit;
import dev.chatgateway.upstream.quota.LocalQuota;
import dev.chatgateway.upstream.quota.RemoteQuota;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/**
 * Permits between nodes for interactive calls: this node's requests to the owners of threads' quota, and the permits that
 * it gives as owner. The owner is the leader of a thread; while it has none, a node that all nodes choose alike from the
 * thread's id. A lost message costs a call or, if it is the end of one, a place in its windows for half a minute. Poller's
 * context, but for {@link #request} and the end of permits.
 */
public final class RemotePermits implements RemoteQuota {
    /** Nodes are near each other. Without an answer a call has only this node's own part, if the thread is watched here. */
    private static final long ANSWER_MS = 250;
    /** Longer than a call takes with its wait for a window. A permit that has not ended by then counts as used. */
    private static final long LIFE_MS = 30_000;

    /** Requests under way, and permits of other nodes. */
    private static final int MOST = 10_000;

    private final ReplicationService service;
    private final LocalQuota quota;
    private final Scheduler scheduler;
    private final GatewayMetrics metrics;
    private final Executor loop;
    private final Map<Long, Promise<Long>> requests = new HashMap<>();
    private final Map<Granted, CallPermit> granted = new HashMap<>();
    private long last;

    /** A permit of another node. */
    private record Granted(String node, long permit) {}

    /** @param loop runs tasks on the poller's context */
    public RemotePermits(
            ReplicationService service, LocalQuota quota, Scheduler scheduler, GatewayMetrics metrics, Executor loop) {
        this.service = service;
        this.quota = quota;
        this.scheduler = scheduler;
        this.metrics = metrics;
        this.loop = loop;
    }

    @Override
    public Future<Reply> request(AdmissionRequest request) {
        Promise<Reply> reply = Promise.promise();
        ChatOperation operation = Objects.requireNonNull(request.operation());
        String userId = Objects.requireNonNull(request.userId());
        String threadId = Objects.requireNonNull(request.threadId());
        loop.execute(() -> owner(threadId).onSuccess(node -> {
            if (node.equals(service.bus().self())) {
                reply.complete(new Reply.OwnedHere());
            } else if (!service.bus().speaks(node) || requests.size() >= MOST) {
                metrics.cluster().permit("unanswered");
                reply.complete(new Reply.NoPermit());
            } else {
                send(node, new NodeMessage.PermitRequest(++last, threadId, userId, operation.name()), reply);
            }
        }));
        return reply.future();
    }

    /** The owner of a thread's quota, this node perhaps. Never fails. */
    private Future<String> owner(String threadId) {
        Role role = service.roles().of(threadId);
        if (role instanceof Role.Following following) {
            return Future.succeededFuture(following.claim.node());
        }
        // This node is just taking the lease of a thread that is watched here and has no role yet: two or three calls.
        boolean here = role instanceof Role.Own || service.watching(threadId) != null;
        if (here || service.bus().others().isEmpty()) {
            return Future.succeededFuture(service.bus().self());
        }
        return service.claimants().of(threadId).map(leader -> leader.orElseGet(() -> chosen(threadId)));
    }

    /** The node with the highest hash together with the thread: a node that joins or leaves changes few threads. */
    private String chosen(String threadId) {
        return Stream.concat(
                        service.bus().others().stream(), Stream.of(service.bus().self()))
                .max((a, b) -> Integer.compare(weight(a, threadId), weight(b, threadId)))
                .orElseThrow();
    }

    private static int weight(String node, String threadId) {
        int hash = Objects.hash(node, threadId) * 0x9E3779B9;
        return (hash ^ (hash >>> 15)) * 0x85EBCA6B;
    }

    private void send(String node, NodeMessage.PermitRequest request, Promise<Reply> reply) {
        long permit = request.permit();
        Promise<Long> waitMs = Promise.promise();
        requests.put(permit, waitMs);
        Scheduler.Timer limit = scheduler.schedule(ANSWER_MS, () -> waitMs.tryFail("no answer"));
        waitMs.future().onComplete(done -> {
            requests.remove(permit);
            limit.cancel();
            boolean admitted = done.succeeded() && done.result() >= 0;
            metrics.cluster().permit(admitted ? "granted" : done.succeeded() ? "refused" : "unanswered");
            reply.complete(
                    admitted
                            ? new Reply.Granted(new CallPermit(done.result(), end -> end(node, permit, end), () -> 0))
                            : new Reply.NoPermit());
        });
        service.bus().send(node, request);
    }

    private void end(String node, long permit, CallEnd end) {
        long pauseMs = end instanceof CallEnd.Throttled throttled ? Math.max(1, throttled.pauseMs()) : 0;
        boolean counted = pauseMs > 0 || end instanceof CallEnd.Completed;
        loop.execute(() -> service.bus().send(node, new NodeMessage.PermitEnd(permit, counted, pauseMs)));
    }

    /** Another node asks. A follower is not the owner. */
    void requested(String from, NodeMessage.PermitRequest message) {
        boolean owner = service.roles().following(message.threadId()) == null;
        Optional<CallPermit> permit = owner && granted.size() < MOST
                ? operation(message.operation())
                        .map(operation -> new AdmissionRequest(
                                operation, message.userId(), message.threadId(), Priority.SEND, null))
                        .flatMap(request -> quota.admit(request, RetryPolicy.PATIENCE_MS, refused -> {}))
                : Optional.empty();
        permit.ifPresent(p -> {
            Granted key = new Granted(from, message.permit());
            granted.put(key, p);
            scheduler.schedule(LIFE_MS, () -> end(key, new CallEnd.Completed(false)));
        });
        long waitMs = permit.map(CallPermit::waitMs).orElse(-1L);
        service.bus().send(from, new NodeMessage.PermitReply(message.permit(), waitMs));
    }

    /** A permit that comes too late is given back: the call may have been sent without it. */
    void replied(String from, NodeMessage.PermitReply reply) {
        Promise<Long> waitMs = requests.get(reply.permit());
        if (waitMs != null) {
            waitMs.tryComplete(reply.waitMs());
        } else if (reply.waitMs() >= 0) {
            end(from, reply.permit(), new CallEnd.NotCounted());
        }
    }

    void ended(String from, NodeMessage.PermitEnd message) {
        CallEnd end = message.pauseMs() > 0
                ? new CallEnd.Throttled(message.pauseMs())
                : message.counted() ? new CallEnd.Completed(false) : new CallEnd.NotCounted();
        end(new Granted(from, message.permit()), end);
    }

    private void end(Granted key, CallEnd end) {
        CallPermit permit = granted.remove(key);
        if (permit != null) {
            permit.end(end);
        }
    }

    /** Empty for an operation that only a newer node knows. */
    private static Optional<ChatOperation> operation(String name) {
        return Arrays.stream(ChatOperation.values())
                .filter(operation -> operation.name().equals(name))
                .findFirst();
    }
}
