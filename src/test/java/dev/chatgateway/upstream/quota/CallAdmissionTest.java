package dev.chatgateway.upstream.quota;

import static dev.chatgateway.upstream.EmbeddedFixture.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.tracing.Tracer;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.RetryPolicy;
import dev.chatgateway.upstream.VirtualTimers;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls of a thread that another node leads, in virtual time. This node's own part is two writes in ten seconds. */
class CallAdmissionTest {
    private static final int OWN = 2;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final VirtualTimers timers = new VirtualTimers();
    private final QuotaShares shares = new QuotaShares(timers::nowMs);
    private final CallAdmission admission =
            new CallAdmission(new RateLimiter(RateWindows.published(), 200, shares), timers, Tracer.NONE);
    private final List<CallEnd> ends = new ArrayList<>();
    private int requests;
    private RemoteQuota.Reply reply = permit(0);

    private RemoteQuota.Reply permit(long waitMs) {
        return new RemoteQuota.Reply.Granted(new CallPermit(waitMs, ends::add, () -> 0));
    }

    @BeforeEach
    void follow_the_thread() {
        shares.share("t", 2, false);
        shares.connect(request -> {
            requests++;
            return vertx.executeBlocking(() -> reply);
        });
    }

    @AfterEach
    void stop() {
        get(vertx.close());
    }

    @Test
    void interactive_calls_get_permits_when_the_own_part_is_used() {
        for (int i = 0; i < 9; i++) {
            admit(Priority.SEND).orElseThrow().end(new CallEnd.Completed(true));
        }
        assertThat(requests).isEqualTo(9 - OWN);
        assertThat(ends).hasSize(9 - OWN).containsOnly(new CallEnd.Completed(true));
    }

    @Test
    void background_calls_request_no_permits() {
        for (int i = 0; i < 9; i++) {
            admit(Priority.POLL).ifPresent(permit -> permit.end(new CallEnd.Completed(true)));
        }
        assertThat(admit(Priority.POLL)).isEmpty();
        assertThat(requests).isZero();
    }

    @Test
    void owner_learns_how_a_call_ended() {
        useOwnPart();
        admit(Priority.SEND).orElseThrow().end(new CallEnd.TokenRejected());
        admit(Priority.SEND).orElseThrow().end(new CallEnd.NotCounted());
        admit(Priority.SEND).orElseThrow().end(new CallEnd.Throttled(3_000));
        assertThat(ends)
                .containsExactly(new CallEnd.TokenRejected(), new CallEnd.NotCounted(), new CallEnd.Throttled(3_000));
    }

    @Test
    void permit_may_be_for_later() {
        useOwnPart();
        reply = permit(1_500);
        assertThat(admit(Priority.SEND).orElseThrow().waitMs()).isEqualTo(1_500);
    }

    @Test
    void call_without_a_permit_waits_for_the_own_part() {
        useOwnPart();
        reply = new RemoteQuota.Reply.NoPermit();
        assertThat(admit(Priority.SEND)).isEmpty();
        timers.advance(9_000);
        assertThat(admit(Priority.SEND).orElseThrow().waitMs()).isEqualTo(1_200);
    }

    @Test
    void calls_of_a_thread_not_watched_here_need_permits() {
        for (int i = 0; i < 9; i++) {
            admit("other", ChatOperation.SEND_MESSAGE, Priority.SEND)
                    .orElseThrow()
                    .end(new CallEnd.Completed(true));
        }
        assertThat(requests).isEqualTo(9);
        reply = new RemoteQuota.Reply.NoPermit();
        assertThat(admit("other", ChatOperation.SEND_MESSAGE, Priority.SEND)).isEmpty();
        reply = new RemoteQuota.Reply.OwnedHere();
        assertThat(admit("other", ChatOperation.SEND_MESSAGE, Priority.SEND)).isPresent();
    }

    @Test
    void call_without_a_cluster_is_admitted_in_the_same_turn() {
        CallAdmission alone = new CallAdmission(new RateLimiter(RateWindows.published()), timers, Tracer.NONE);
        List<CallPermit> permits = new ArrayList<>();
        alone.admit(request("t", ChatOperation.SEND_MESSAGE, Priority.SEND), 2_000, permits::add, refused -> {});
        assertThat(permits).hasSize(1);
    }

    /** The windows of a user belong to no thread: no other node counts them. */
    @ParameterizedTest
    @EnumSource(
            value = ChatOperation.class,
            names = {"CREATE_THREAD", "DELETE_THREAD", "GET_THREAD", "LIST_THREADS"})
    void calls_that_no_thread_counts_request_no_permits(ChatOperation operation) {
        for (int i = 0; i < 51; i++) {
            admit(operation, Priority.SEND);
        }
        assertThat(requests).isZero();
    }

    private void useOwnPart() {
        for (int i = 0; i < OWN; i++) {
            admit(Priority.SEND).orElseThrow().end(new CallEnd.Completed(true));
        }
    }

    private static AdmissionRequest request(String threadId, ChatOperation operation, Priority priority) {
        return new AdmissionRequest(operation, "8:acs:a", threadId, priority, null);
    }

    private Optional<CallPermit> admit(Priority priority) {
        return admit(ChatOperation.SEND_MESSAGE, priority);
    }

    private Optional<CallPermit> admit(ChatOperation operation, Priority priority) {
        return admit("t", operation, priority);
    }

    /** Empty if the call is refused. Fails if the decision comes on another context. */
    private Optional<CallPermit> admit(String threadId, ChatOperation operation, Priority priority) {
        Promise<Optional<CallPermit>> decided = Promise.promise();
        long maxWaitMs = RetryPolicy.patient(priority) ? RetryPolicy.PATIENCE_MS : 0;
        context.runOnContext(turn -> admission.admit(
                request(threadId, operation, priority),
                maxWaitMs,
                permit -> complete(decided, Optional.of(permit)),
                refused -> complete(decided, Optional.empty())));
        return get(decided.future());
    }

    private void complete(Promise<Optional<CallPermit>> decided, Optional<CallPermit> decision) {
        Future<Void> here = Vertx.currentContext() == context
                ? Future.succeededFuture()
                : Future.failedFuture("completed on another context");
        here.<Optional<CallPermit>>map(v -> decision).onComplete(decided);
    }
}
