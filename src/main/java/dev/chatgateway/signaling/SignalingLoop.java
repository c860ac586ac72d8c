package dev.chatgateway.signaling;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.SessionReferenceCodec.Reference;
import dev.chatgateway.socket.SocketProtocol;
import dev.chatgateway.socket.connection.ConnectionSlot;
import dev.chatgateway.socket.transport.Transport;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The live channel on one event loop: its sockets, its sessions and their time. Owned by the loop. */
final class SignalingLoop implements SocketProtocol {
    private static final long TICK_MS = 1_000;
    private static final long KEEP_ALIVE_MS = 10_000;
    private static final AtomicLong SERIAL = new AtomicLong();

    private final LoopContext loop;
    private final SignalingNode node;
    private final SignalingRoutes routes;
    private final Set<WebSocketLink> links = new HashSet<>();
    private final PriorityQueue<Due> due = new PriorityQueue<>();
    private long keptAliveMs;
    private @Nullable Long timer;
    private boolean refusing;

    SignalingLoop(LoopContext loop) {
        this.loop = loop;
        node = loop.node();
        routes = new SignalingRoutes(loop, this::session);
    }

    private record Due(long atMs, SignalingSession session) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            return Long.compare(atMs, other.atMs);
        }
    }

    @Override
    public void mount(Router router) {
        router.route().handler(routes::handle);
    }

    @Override
    public Future<Void> start() {
        timer = loop.vertx().setPeriodic(TICK_MS, fired -> tick());
        return loop.lists().start();
    }

    @Override
    public @Nullable Opening upgrade(HttpServerRequest request) {
        if (!request.path().startsWith(SignalingUrls.WEBSOCKET)) {
            return null;
        }
        String linkId = request.path().substring(SignalingUrls.WEBSOCKET.length());
        Optional<Reference> reference = routes.reference(request);
        Optional<String> push = reference.flatMap(known ->
                node.cors().ownOrigin(request).map(origin -> SignalingUrls.push(origin, known.registrationId())));
        if (refusing || push.isEmpty() || !SignalingRoutes.identifier(linkId)) {
            return null;
        }
        String version = ClientVersion.of(request.getParam(ClientVersion.PARAMETER));
        return (transport, slot) -> open(
                new WebSocketLink(linkId, loop, transport, slot, links::remove),
                reference.get(),
                push.get(),
                version,
                transport,
                slot);
    }

    private void open(
            WebSocketLink link,
            Reference reference,
            String push,
            @Nullable String version,
            Transport transport,
            ConnectionSlot slot) {
        links.add(link);
        slot.onEvicted(() -> loop.later(() -> link.end(Packet.GOODBYE)));
        transport.open(link);
        long nowMs = loop.nowMs();
        SessionKey key = new SessionKey(reference.userId(), reference.registrationId());
        Optional<UserToken> token = node.registry().granted(key, nowMs);
        boolean expired = reference.end().toEpochMilli() <= nowMs;
        if (!slot.authenticated() || expired || token.isEmpty()) {
            // The client allocates anew; after "unauthorized" with a token that it asks for first.
            node.metrics().signaling().request("websocket", "refused");
            link.end(expired ? Packet.UNAUTHORIZED : Packet.GOODBYE);
            return;
        }
        Optional<SignalingSession> session = session(key, push, token.get());
        if (session.isEmpty()) {
            node.metrics().signaling().request("websocket", "refused");
            link.end(Packet.GOODBYE);
            return;
        }
        node.metrics().signaling().request("websocket", "ok");
        SignalingSession served = session.get();
        link.serve(served);
        served.loop().run(loop, () -> {
            served.clientVersion(version);
            served.attach(link, token.get());
        });
    }

    /** The session of a client, made on this loop if there is none; empty if there are too many. */
    private Optional<SignalingSession> session(SessionKey key, String pushUrl, UserToken token) {
        return node.registry()
                .open(key, wanted -> {
                    SignalingSession made =
                            new SignalingSession("g" + SERIAL.incrementAndGet(), wanted, loop, pushUrl, token);
                    due.add(new Due(loop.nowMs() + TICK_MS, made));
                    return made;
                })
                .map(SignalingSession.class::cast);
    }

    private void tick() {
        long nowMs = loop.nowMs();
        while (!due.isEmpty() && due.peek().atMs <= nowMs) {
            SignalingSession session = due.remove().session;
            if (!session.over()) {
                due.add(new Due(nowMs + Math.max(TICK_MS, session.tick(nowMs)), session));
            }
        }
        if (nowMs - keptAliveMs >= KEEP_ALIVE_MS) {
            keptAliveMs = nowMs;
            List.copyOf(links).forEach(link -> link.keepAlive(nowMs));
        }
    }

    @Override
    public void refuse() {
        refusing = true;
        routes.refuse();
    }

    @Override
    public Future<Void> drain(long windowMs) {
        List<SignalingSession> all = new ArrayList<>();
        node.registry().of(loop).forEach(member -> all.add((SignalingSession) member));
        Collections.shuffle(all);
        long spreadMs = windowMs * 3 / 4;
        for (int i = 0; i < all.size(); i++) {
            SignalingSession session = all.get(i);
            loop.after(spreadMs * i / all.size(), session::move);
        }
        Promise<Void> done = Promise.promise();
        long endMs = loop.nowMs() + windowMs;
        loop.vertx().setPeriodic(100, fired -> {
            if (links.isEmpty() || loop.nowMs() >= endMs) {
                loop.vertx().cancelTimer(fired);
                List.copyOf(links).forEach(link -> link.end(Packet.GOODBYE));
                done.complete();
            }
        });
        return done.future();
    }

    @Override
    public Future<Void> close() {
        if (timer != null) {
            loop.vertx().cancelTimer(timer);
        }
        node.registry().of(loop).forEach(session -> session.end("stopped"));
        List.copyOf(links).forEach(link -> link.end(Packet.GOODBYE));
        return loop.lists().close();
    }
}
