package dev.chatgateway.signaling.handover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.NodeState.ClusterView;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.TokenSeal;
import dev.chatgateway.signaling.wire.DeliveredVersions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.shareddata.AsyncMap;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nodes that share the maps and the event bus of one Vert.x. */
class ClusterDirectoryTest {
    private static final TokenSeal SEAL =
            new TokenSeal("0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII), null);
    private static final SessionKey KEY = new SessionKey("8:acs:ann", "e1");

    private final Vertx vertx = Vertx.vertx();
    private final List<String> members = new CopyOnWriteArrayList<>(List.of("a", "b", "c"));
    private Node a;
    private Node b;
    private Node c;

    @BeforeEach
    void openNodes() throws Exception {
        a = new Node("a");
        b = new Node("b");
        c = new Node("c");
    }

    @AfterEach
    void close() throws Exception {
        get(vertx.close());
    }

    /** A node with the sessions that it serves. */
    private final class Node implements SessionDirectory.Holder {
        private final ClusterDirectory directory;
        private final Map<SessionKey, SavedSession> sessions = new HashMap<>();

        Node(String id) throws Exception {
            directory = get(ClusterDirectory.create(
                    vertx, () -> new ClusterView(id, members, true), SEAL, Duration.ofMinutes(1), Duration.ZERO));
            get(directory.open(this));
        }

        @Override
        public synchronized Future<Optional<SavedSession>> handOver(SessionKey key) {
            return Future.succeededFuture(Optional.ofNullable(sessions.remove(key)));
        }

        @Override
        public Future<Buffer> forwarded(SessionKey key, Buffer request) {
            return Future.succeededFuture(Buffer.buffer("served ").appendBuffer(request));
        }

        synchronized Optional<SavedSession> claim() throws Exception {
            Optional<SavedSession> found = get(directory.claim(KEY));
            sessions.put(KEY, found.orElse(at("begin")));
            return found;
        }
    }

    private static SavedSession at(String cursor) {
        return new SavedSession(1, true, Map.of("19:t", cursor), List.of(new DeliveredVersions.State(-5, 7)), "poll");
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void new_session_has_no_position() throws Exception {
        assertThat(a.claim()).isEmpty();
        assertThat(get(b.directory.holder(KEY))).contains("a");
        assertThat(get(a.directory.holder(KEY))).isEmpty();
    }

    @Test
    void living_holder_hands_over_what_it_has_not_saved() throws Exception {
        a.claim();
        assertThat(get(a.directory.save(KEY, at("saved")))).isTrue();
        a.sessions.put(KEY, at("newer"));
        assertThat(b.claim()).contains(at("newer"));
        assertThat(a.sessions).isEmpty();
        assertThat(get(c.directory.holder(KEY))).contains("b");
    }

    @Test
    void lost_holder_is_replaced_with_what_it_saved() throws Exception {
        a.claim();
        get(a.directory.save(KEY, at("saved")));
        members.remove("a");
        assertThat(get(b.directory.holder(KEY))).isEmpty();
        assertThat(b.claim()).contains(at("saved"));
    }

    @Test
    void blocked_holder_is_replaced_and_finds_out() throws Exception {
        a.claim();
        get(a.directory.save(KEY, at("saved")));
        get(a.directory.close());
        assertThat(b.claim()).contains(at("saved"));
        get(b.directory.save(KEY, at("later")));
        // The old holder wakes up and saves: that changes nothing for the new one.
        assertThat(get(a.directory.save(KEY, at("stale")))).isFalse();
        assertThat(get(b.directory.save(KEY, at("latest")))).isTrue();
        b.sessions.put(KEY, at("latest"));
        assertThat(c.claim()).contains(at("latest"));
    }

    @Test
    void holder_without_the_session_gives_what_is_saved() throws Exception {
        a.claim();
        get(a.directory.save(KEY, at("saved")));
        a.sessions.clear();
        assertThat(b.claim()).contains(at("saved"));
    }

    @Test
    void ended_session_leaves_nothing() throws Exception {
        a.claim();
        get(a.directory.save(KEY, at("saved")));
        get(a.directory.remove(KEY));
        a.sessions.clear();
        assertThat(get(b.directory.holder(KEY))).isEmpty();
        assertThat(b.claim()).isEmpty();
    }

    @Test
    void one_of_two_claims_at_once_wins() throws Exception {
        a.claim();
        a.sessions.put(KEY, at("handed over"));
        List<Future<Optional<SavedSession>>> claims =
                new ArrayList<>(List.of(b.directory.claim(KEY), c.directory.claim(KEY)));
        for (Future<Optional<SavedSession>> claim : claims) {
            get(claim.otherwiseEmpty());
        }
        boolean held = get(b.directory.save(KEY, at("b")));
        assertThat(get(c.directory.save(KEY, at("c")))).isNotEqualTo(held);
    }

    @Test
    void node_serves_forwarded_requests() throws Exception {
        assertThat(get(b.directory.forward("a", KEY, Buffer.buffer("poll"), 1_000)))
                .hasToString("served poll");
    }

    @Test
    void token_is_shared_sealed() throws Exception {
        String claims = "{\"skypeid\":\"acs:ann\",\"exp\":4102444800}";
        String jwt = "eyJhbGciOiJub25lIn0."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes(StandardCharsets.UTF_8)) + ".";
        Grant grant = new Grant(UserToken.parse(jwt), 17);
        get(a.directory.grant(KEY, grant));
        Grant found = get(b.directory.granted(KEY)).orElseThrow();
        assertThat(found.provenMs()).isEqualTo(17);
        assertThat(found.token().secret()).isEqualTo(jwt);
        AsyncMap<String, String> shared = get(vertx.sharedData().getAsyncMap("chatgateway.signaling.tokens"));
        assertThat(get(shared.get("8:acs:ann e1"))).startsWith("17 ").doesNotContain(jwt);
        assertThat(get(b.directory.granted(new SessionKey("8:acs:ann", "e2")))).isEmpty();
    }
}
