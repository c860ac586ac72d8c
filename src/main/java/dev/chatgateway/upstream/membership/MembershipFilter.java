package dev.chatgateway.upstream.membership;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.tracing.Span;
import dev.chatgateway.tracing.Tracer;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.RetryPolicy;
import dev.chatgateway.upstream.quota.RateWindows;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keeps interactive calls of non-members from using up the rate windows that all members of a thread share: the service
 * counts calls there that it refuses, too. The membership of an unknown user is checked by a get-thread call, which counts
 * for that user only; if the service refuses it, the call fails with that refusal. Any thread; calls complete on their
 * caller's context.
 */
public final class MembershipFilter implements ChatService {
    /** Members that are remembered, about 300 bytes each; beyond it the least recently used is checked again. */
    private static final int KEPT = 100_000;

    private static final long LIFE_MS = 9 * 60_000;

    /** A removed member may read earlier messages; only the service knows who was a member. */
    private static final Set<ChatOperation> PAST = EnumSet.of(ChatOperation.LIST_MESSAGES, ChatOperation.GET_MESSAGE);

    private final Vertx vertx;
    private final ChatService service;
    private final RateWindows windows;
    private final Clock clock;
    private final Tracer tracer;

    /** Guarded by this, as the maps are. */
    private final NonMemberLimiter nonMembers = new NonMemberLimiter();

    /** When each membership was last seen. */
    private final Map<Member, Long> known = new LinkedHashMap<>(64, 0.75f, true);

    /** Checks under way, one for each user in a thread; no more than there are calls. */
    private final Map<Member, Future<Void>> checks = new HashMap<>();

    public MembershipFilter(Vertx vertx, ChatService service, RateWindows windows, Clock clock, Tracer tracer) {
        this.vertx = vertx;
        this.service = service;
        this.windows = windows;
        this.clock = clock;
        this.tracer = tracer;
    }

    private record Member(String userId, String threadId) {}

    @Override
    public Future<Reply> call(ChatCall call) {
        String threadId = call.threadId();
        if (call.address() != null) {
            return service.call(call);
        }
        if (threadId == null) {
            return service.call(call).onSuccess(reply -> threads(reply.body()).forEach(t -> vouch(userId(call), t)));
        }
        // A background call follows from a thread list, which showed the thread to the user.
        if (!RetryPolicy.patient(call.priority()) || !shared(call.operation())) {
            return service.call(call);
        }
        return admit(call.operation(), call.token(), threadId)
                .compose(v -> service.call(call))
                .onFailure(failure -> {
                    if (failure instanceof ChatServiceException answer && answer.status() == 403) {
                        refused(userId(call), threadId);
                    }
                });
    }

    /**
     * Completes if a call with a token that the service has accepted may be sent. Fails with the service's refusal of a
     * non-member, with 429, or with the failure of the check.
     */
    public Future<Void> admit(ChatOperation operation, UserToken token, String threadId) {
        if (!shared(operation)) {
            return Future.succeededFuture();
        }
        Member member = new Member(token.userId(), threadId);
        Promise<Void> here = Promise.promise();
        Future<Void> answer;
        synchronized (this) {
            if (knows(token.userId(), threadId)) {
                return Future.succeededFuture();
            }
            Future<Void> running = checks.get(member);
            if (running == null) {
                Promise<Void> promise = Promise.promise();
                running = promise.future();
                checks.put(member, running);
                check(member, token, promise);
            }
            answer = running;
        }
        Context caller = vertx.getOrCreateContext();
        Span mine = tracer.current();
        answer.onComplete(result -> caller.runOnContext(v -> mine.run(() -> here.handle(result))));
        return here.future().recover(failure -> admitNonMember(operation, threadId, failure));
    }

    /** Whether a call of the last nine minutes has shown that the user is a member of the thread. */
    public synchronized boolean knows(String userId, String threadId) {
        Long at = known.get(new Member(userId, threadId));
        return at != null && clock.millis() - at < LIFE_MS;
    }

    /** A list of participants, read with any token, has just named the user. */
    public synchronized void vouch(String userId, String threadId) {
        known.put(new Member(userId, threadId), clock.millis());
        if (known.size() > KEPT) {
            known.remove(known.keySet().iterator().next());
        }
    }

    /** The service has refused the user in that thread. */
    public synchronized void refused(String userId, String threadId) {
        known.remove(new Member(userId, threadId));
    }

    private static String userId(ChatCall call) {
        return call.token().userId();
    }

    /** The threads of the user in an answer: a list of threads, or one just created. */
    private static List<String> threads(JsonObject answer) {
        JsonArray listed = answer.getValue("value") instanceof JsonArray value ? value : new JsonArray();
        JsonArray all = listed.copy().add(answer.getValue("chatThread"));
        return all.stream()
                .filter(item -> item instanceof JsonObject)
                .map(item -> ((JsonObject) item).getValue("id"))
                .filter(id -> id instanceof String)
                .map(String.class::cast)
                .toList();
    }

    private void check(Member member, UserToken token, Promise<Void> promise) {
        service.call(ChatCall.of(ChatOperation.GET_THREAD, token, member.threadId, Priority.HISTORY))
                .onComplete(result -> {
                    synchronized (this) {
                        checks.remove(member);
                        if (result.succeeded()) {
                            vouch(member.userId, member.threadId);
                        }
                    }
                    promise.handle(result.mapEmpty());
                });
    }

    private synchronized Future<Void> admitNonMember(ChatOperation operation, String threadId, Throwable failure) {
        boolean nonMember = failure instanceof ChatServiceException answer && answer.status() == 403;
        if (!nonMember || !PAST.contains(operation)) {
            return Future.failedFuture(failure);
        }
        long waitMs = nonMembers.enter(threadId, clock.millis());
        return waitMs == 0
                ? Future.succeededFuture()
                : Future.failedFuture(new ChatServiceException(
                        Kind.THROTTLED,
                        429,
                        "TooManyRequests",
                        "Rate limit exceeded (" + NonMemberLimiter.WORDS + ").",
                        waitMs,
                        null));
    }

    /** Whether the operation is counted in a window that all members share. */
    private boolean shared(ChatOperation operation) {
        return windows.of(operation).stream().anyMatch(rule -> rule.scope() == RateWindows.Scope.THREAD);
    }
}
