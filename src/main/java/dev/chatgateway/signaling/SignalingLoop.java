package dev.chatgateway.signaling;

import dev.chatgateway.protocol.SessionReferenceCodec.Reference;
import dev.chatgateway.signaling.handover.Grant;
import dev.chatgateway.signaling.handover.SavedSession;
import dev.chatgateway.signaling.handover.SessionKey;
import dev.chatgateway.signaling.wire.ClientVersion;
import dev.chatgateway.signaling.wire.Packet;
import dev.chatgateway.signaling.wire.SignalingUrls;
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
    private final SessionFinder finder;
    private final Set<WebSocketLink> links = new HashSet<>();
    private final PriorityQueue<Due> due = new PriorityQueue<>();
    private long keptAliveMs;
    private @Nullable Long timer;
    private boolean refusing;

    SignalingLoop(LoopContext loop) {
        this.loop = loop;
        node = loop.node();
        finder = new SessionFinder(loop, this::make);
        routes = new SignalingRoutes(loop, finder);
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
        return loop.inboxWatcher().start();
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
                new WebSocketLink(linkId, version, loop, transport, slot, links::remove),
                reference.get(),
                push.get(),
                transport,
                slot);
    }

    private void open(WebSocketLink link, Reference reference, String push, Transport transport, ConnectionSlot slot) {
        slot.onEvicted(() -> loop.later(() -> link.end(Packet.GOODBYE)));
        transport.open(link);
        links.add(link);
        if (reference.end().toEpochMilli() <= loop.nowMs()) {
            // The client asks for a new token before it allocates anew.
            refuse(link, Packet.UNAUTHORIZED);
            return;
        }
        SessionKey key = new SessionKey(reference.userId(), reference.registrationId());
        finder.granted(key)
                .onSuccess(grant -> {
                    if (!link.open()) {
                        // A late claim would take the session from the client's next connection.
                        return;
                    }
                    if (grant.isEmpty() || !slot.authenticated()) {
                        refuse(link, Packet.GOODBYE);
                    } else {
                        serve(link, key, push, grant.get());
                    }
                })
                .onFailure(failure -> refuse(link, Packet.GOODBYE));
    }

    private void serve(WebSocketLink link, SessionKey key, String push, Grant grant) {
        finder.open(key, push, grant)
                .onSuccess(session -> session.ifPresentOrElse(
                        served -> {
                            node.metrics().signaling().request("websocket", "ok");
                            link.serve(served);
                            served.loop().run(loop, () -> served.attach(link, grant));
                        },
                        () -> refuse(link, Packet.GOODBYE)))
                .onFailure(failure -> refuse(link, Packet.GOODBYE));
    }

    /** The client allocates anew. */
    private void refuse(WebSocketLink link, byte[] last) {
        node.metrics().signaling().request("websocket", "refused");
        link.end(last);
    }

    private SignalingSession make(SessionKey key, String pushUrl, Grant grant, @Nullable SavedSession saved) {
        SignalingSession made = new SignalingSession("g" + SERIAL.incrementAndGet(), key, loop, pushUrl, grant, saved);
        due.add(new Due(loop.nowMs() + TICK_MS, made));
        return made;
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
            boolean left =
                    links.isEmpty() && node.registry().of(loop).stream().allMatch(session -> session.detachedMs() != 0);
            if (left || loop.nowMs() >= endMs) {
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
        List<Future<Void>> saved = new ArrayList<>();
        for (SessionRegistry.Member member : node.registry().of(loop)) {
            saved.add(((SignalingSession) member).stop());
        }
        List.copyOf(links).forEach(link -> link.end(Packet.GOODBYE));
        // A position that could not be saved now was saved a few seconds ago.
        return Future.join(saved).transform(done -> loop.inboxWatcher().close());
    }
}
