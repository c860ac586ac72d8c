package dev.chatgateway.upstream.membership;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.tracing.CallerContext;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.RetryPolicy;
import dev.chatgateway.upstream.quota.RateWindows;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Keeps interactive calls of non-members from using up the rate windows that all members of a thread share: the service
 * counts calls there that it refuses, too. The membership of an unknown user is checked by a get-thread call, which counts
 * for that user only; if the service refuses it, the call fails with that refusal. Any thread; calls complete on their
 * caller's context.
 */
public final class MembershipFilter implements ChatService {
    /** Users in threads that are remembered, about 300 bytes each; one that is evicted is asked about again. */
    private static final int MAX_MEMBERS = 100_000;

    private static final Duration LIFE = Duration.ofMinutes(9);

    /** A removed member may read earlier messages; only the service knows who was a member. */
    private static final Set<ChatOperation> PAST = EnumSet.of(ChatOperation.LIST_MESSAGES, ChatOperation.GET_MESSAGE);

    private final Vertx vertx;
    private final ChatService service;
    private final RateWindows windows;
    private final Clock clock;
    private final NonMemberLimiter nonMembers;

    /** One question at a time for a user in a thread. A success stays for {@link #LIFE}, a failure is removed. */
    private final Cache<Member, Future<Void>> members;

    public MembershipFilter(Vertx vertx, ChatService service, RateWindows windows, Clock clock) {
        this.vertx = vertx;
        this.service = service;
        this.windows = windows;
        this.clock = clock;
        Ticker ticker = () -> TimeUnit.MILLISECONDS.toNanos(clock.millis());
        this.nonMembers = new NonMemberLimiter(ticker);
        this.members = Caffeine.newBuilder()
                .ticker(ticker)
                .executor(Runnable::run)
                .maximumSize(MAX_MEMBERS)
                .expireAfterWrite(LIFE)
                .build();
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
        Promise<Void> question = Promise.promise();
        Future<Void> answer = members.get(member, key -> question.future());
        if (answer == question.future()) {
            check(member, token, question);
        }
        if (answer.succeeded()) {
            return answer;
        }
        return CallerContext.of(vertx)
                .complete(answer)
                .recover(failure -> admitNonMember(operation, threadId, failure));
    }

    /** Whether a call of the last nine minutes has shown that the user takes part in the thread. */
    public boolean knows(String userId, String threadId) {
        Future<Void> answer = members.getIfPresent(new Member(userId, threadId));
        return answer != null && answer.succeeded();
    }

    /** A list of participants, read with a token of its own or another's, has named the user just now. */
    public void vouch(String userId, String threadId) {
        members.put(new Member(userId, threadId), Future.succeededFuture());
    }

    /** The service has refused the user in that thread after all. */
    public void refused(String userId, String threadId) {
        members.invalidate(new Member(userId, threadId));
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

    private void check(Member member, UserToken token, Promise<Void> question) {
        service.call(ChatCall.of(ChatOperation.GET_THREAD, token, member.threadId, Priority.HISTORY))
                .onComplete(result -> {
                    if (result.succeeded()) {
                        vouch(member.userId, member.threadId);
                    } else {
                        members.asMap().remove(member, question.future());
                    }
                    question.handle(result.mapEmpty());
                });
    }

    private Future<Void> admitNonMember(ChatOperation operation, String threadId, Throwable failure) {
        boolean nonMember = failure instanceof ChatServiceException answer && answer.status() == 403;
        if (!nonMember || !PAST.contains(operation)) {
            return Future.failedFuture(failure);
        }
        long waitMs = nonMembers.admit(threadId, clock.millis());
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
