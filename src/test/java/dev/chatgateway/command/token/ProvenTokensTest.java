package dev.chatgateway.command.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Proofs and refusals of tokens, with a service whose responses are scripted. */
class ProvenTokensTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final String ADDRESS = "192.0.2.1";

    private final Queue<Future<ChatService.Reply>> answers = new ConcurrentLinkedQueue<>();
    private final List<ChatCall> calls = new CopyOnWriteArrayList<>();
    private final List<UserToken> refused = new CopyOnWriteArrayList<>();
    private final UserToken token = Tokens.of("ann");
    private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final ProvenTokens tokens = proving(60_000);

    @AfterAll
    static void stop() {
        VERTX.close();
    }

    private ProvenTokens proving(long limitMs) {
        Clock clock = new Clock() {
            @Override
            public Instant instant() {
                return now;
            }

            @Override
            public ZoneOffset getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }
        };
        ChatService service = call -> {
            calls.add(call);
            return answers.remove();
        };
        return new ProvenTokens(VERTX, new TokenProof(service, clock), clock, limitMs);
    }

    private void accepts() {
        answers.add(Future.succeededFuture(new ChatService.Reply(200, new JsonObject())));
    }

    private void fails(Kind kind, int status) {
        answers.add(Future.failedFuture(new ChatServiceException(kind, status, "Code", "scripted", -1, null)));
    }

    private void prove(String address) throws Exception {
        tokens.prove(token, address, false).await(20, TimeUnit.SECONDS);
    }

    private RpcError refusal(ProvenTokens of) {
        Future<Instant> proof = of.prove(token, ADDRESS, false);
        assertThatThrownBy(() -> proof.await(20, TimeUnit.SECONDS)).isInstanceOf(RpcError.class);
        return (RpcError) proof.cause();
    }

    @Test
    void refused_token_is_refused_without_a_call_for_seconds() throws Exception {
        accepts();
        prove(ADDRESS);
        fails(Kind.REFUSED, 401);
        tokens.unauthorized(token);
        assertThat(calls).hasSize(2);

        assertThat(refusal(tokens).code()).isEqualTo(401);
        assertThat(calls).hasSize(2);
        now = now.plusSeconds(6);
        assertThat(tokens.doubted(token)).as("no ticket counts").isTrue();
        accepts();
        prove(ADDRESS);
        assertThat(tokens.doubted(token)).isFalse();
    }

    @Test
    void refusal_is_forgotten_after_ten_minutes() throws Exception {
        accepts();
        prove(ADDRESS);
        fails(Kind.REFUSED, 401);
        tokens.unauthorized(token);
        now = now.plus(Duration.ofMinutes(10));

        assertThat(tokens.doubted(token)).isFalse();
    }

    @Test
    void holders_are_called_after_a_second_401_only() throws Exception {
        accepts();
        prove(ADDRESS);
        tokens.hold(token, refused::add);
        accepts();
        tokens.unauthorized(token);
        assertThat(refused).isEmpty();

        fails(Kind.REFUSED, 401);
        tokens.unauthorized(token);
        assertThat(refused).containsExactly(token);
    }

    @Test
    void released_holder_is_not_called() throws Exception {
        accepts();
        prove(ADDRESS);
        ProvenTokens.Holder holder = refused::add;
        tokens.hold(token, holder);
        tokens.release(token, holder);
        fails(Kind.REFUSED, 401);
        tokens.unauthorized(token);

        assertThat(refused).isEmpty();
        tokens.hold(token, holder);
        assertThat(refused).as("late holder").containsExactly(token);
    }

    @Test
    void check_after_a_401_is_repeated_until_it_is_answered() throws Exception {
        accepts();
        prove(ADDRESS);
        tokens.hold(token, refused::add);
        fails(Kind.UNAVAILABLE, 503);
        fails(Kind.REFUSED, 401);
        tokens.unauthorized(token);
        assertThat(refused).isEmpty();
        assertThat(tokens.doubted(token)).isTrue();

        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> refused.contains(token));
        assertThat(calls).hasSize(3);
    }

    @Test
    void proof_requested_before_a_refusal_is_ignored() throws Exception {
        Promise<ChatService.Reply> slow = Promise.promise();
        answers.add(slow.future());
        Future<Instant> proof = tokens.prove(token, ADDRESS, false);
        fails(Kind.REFUSED, 401);
        now = now.plusSeconds(1);
        tokens.unauthorized(token);
        slow.complete(new ChatService.Reply(200, new JsonObject()));

        assertThatThrownBy(() -> proof.await(20, TimeUnit.SECONDS)).isInstanceOf(RpcError.class);
    }

    @Test
    void renewal_requested_before_a_refusal_is_ignored() throws Exception {
        accepts();
        prove(ADDRESS);
        tokens.hold(token, refused::add);
        Promise<ChatService.Reply> slow = Promise.promise();
        answers.add(slow.future());
        Future<Instant> renewal = tokens.proveAgain(token);
        fails(Kind.REFUSED, 401);
        now = now.plusSeconds(1);
        tokens.unauthorized(token);
        slow.complete(new ChatService.Reply(200, new JsonObject()));

        assertThatThrownBy(() -> renewal.await(20, TimeUnit.SECONDS)).isInstanceOf(RpcError.class);
        assertThatThrownBy(() -> prove(ADDRESS)).as("without a call").isInstanceOf(RpcError.class);
    }

    @Test
    void proof_has_a_time_limit_of_its_own() {
        answers.add(Promise.<ChatService.Reply>promise().future());
        RpcError error = refusal(proving(50));

        assertThat(error.code()).isEqualTo(503);
        JsonObject data = error.toJson().getJsonObject("data");
        assertThat(data.getLong("retryAfterMs")).isPositive();
        assertThat(data.getBoolean("retryable")).isTrue();
    }

    @Test
    void service_that_fails_otherwise_is_unavailable_too() {
        fails(Kind.IN_DOUBT, 504);
        RpcError error = refusal(tokens);

        assertThat(error.code()).isEqualTo(503);
        assertThat(error.toJson().getJsonObject("data").getLong("retryAfterMs")).isPositive();
    }

    @Test
    void token_known_by_its_ticket_charges_its_user() throws Exception {
        accepts();
        prove(null);

        assertThat(calls.get(0).address()).isNull();
    }

    @Test
    void token_accepted_earlier_charges_its_user() throws Exception {
        accepts();
        prove(ADDRESS);
        now = now.plus(Duration.ofMinutes(9));
        accepts();
        prove(ADDRESS);
        now = now.plus(Duration.ofHours(24));
        accepts();
        prove(ADDRESS);

        assertThat(calls).extracting(ChatCall::address).containsExactly(ADDRESS, null, ADDRESS);
    }

    @Test
    void token_refused_after_its_proof_charges_its_address() throws Exception {
        accepts();
        prove(ADDRESS);
        now = now.plus(Duration.ofMinutes(9));
        fails(Kind.REFUSED, 401);
        fails(Kind.REFUSED, 401);
        refusal(tokens);
        refusal(tokens);

        assertThat(calls).extracting(ChatCall::address).containsExactly(ADDRESS, null, ADDRESS);
    }

    @Test
    void refused_token_has_a_part_of_the_quota_of_its_address() {
        fails(Kind.REFUSED, 401);
        fails(Kind.REFUSED, 401);
        refusal(tokens);
        refusal(tokens);

        assertThat(calls).extracting(ChatCall::address).containsOnly(ADDRESS);
        assertThat(calls).extracting(ChatCall::refusedBefore).containsExactly(false, true);
    }

    @Test
    void concurrent_proofs_of_a_token_share_one_call() throws Exception {
        Promise<ChatService.Reply> slow = Promise.promise();
        answers.add(slow.future());
        Future<Instant> first = tokens.prove(token, ADDRESS, false);
        Future<Instant> second = tokens.prove(token, ADDRESS, false);
        slow.complete(new ChatService.Reply(200, new JsonObject()));

        assertThat(first.await(20, TimeUnit.SECONDS)).isEqualTo(second.await(20, TimeUnit.SECONDS));
        assertThat(calls).hasSize(1);
    }

    @Test
    void failed_proof_is_requested_again_at_once() throws Exception {
        fails(Kind.UNAVAILABLE, 503);
        assertThat(refusal(tokens).code()).isEqualTo(503);
        accepts();
        prove(ADDRESS);

        assertThat(calls).hasSize(2);
    }

    @Test
    void proof_is_reused_for_nine_minutes() throws Exception {
        accepts();
        prove(ADDRESS);
        now = now.plus(Duration.ofMinutes(9)).minusMillis(1);
        prove(ADDRESS);
        assertThat(calls).hasSize(1);

        now = now.plusMillis(1);
        accepts();
        prove(ADDRESS);
        assertThat(calls).hasSize(2);
    }
}
