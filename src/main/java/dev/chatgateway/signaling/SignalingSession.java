package dev.chatgateway.signaling;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.InboxFeed.InboxState;
import dev.chatgateway.event.InboxUpdate.Move;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.metrics.SignalingMetrics;
import dev.chatgateway.signaling.handover.Grant;
import dev.chatgateway.signaling.handover.SavedSession;
import dev.chatgateway.signaling.handover.SessionKey;
import dev.chatgateway.signaling.wire.DeliveredVersions;
import dev.chatgateway.signaling.wire.EventStates;
import dev.chatgateway.signaling.wire.Packet;
import dev.chatgateway.signaling.wire.Push;
import dev.chatgateway.signaling.wire.PushQueue;
import dev.chatgateway.signaling.wire.SignalingUrls;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client object of the official library, over all its connections: its threads, the pushes that it has not
 * acknowledged, its token. Without a connection it collects pushes for a minute; then, or when too many wait, it keeps only
 * those and its position in each thread, and continues there when the client is back. In a cluster the acknowledged positions
 * are saved every few seconds, so that another node can continue the session. Owned by one event loop.
 */
final class SignalingSession
        implements SessionRegistry.Member, ThreadWatches.Owner, ThreadListWatch.Owner, SessionProof.Owner, Link.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(SignalingSession.class);

    /** So long, and until the next tick, a session without a connection stays subscribed. */
    private static final long LINGER_MS = 60_000;
    /** A client that has not acknowledged for so long does not work; it connects again when it is cut off. */
    private static final long UNACKNOWLEDGED_MS = 60_000;

    /** The service's clock is known to half a second; what was sent right after the connection must not be missed. */
    private static final long CLOCK_MS = 1_000;

    private static final long TICK_MS = 4_000;
    private static final String FRESHNESS = "{\"jsonrpc\":\"2.0\",\"method\":\"freshness\"";

    private final String id;
    private final SessionKey key;
    private final LoopContext loop;
    private final Push.Address address;
    private final SessionProof proof;
    private final PushQueue queue;
    private final DeliveredVersions delivered = new DeliveredVersions();
    private final SessionLinks links;
    private final ThreadWatches threads;
    private final ThreadListWatch list;
    private final SessionPositions positions;
    private final long openedMs;

    private @Nullable String clientVersion;
    private long connectedMs;
    private long pushes;
    private boolean started;
    private boolean suspended;
    private boolean unregistered;
    private boolean moving;
    private boolean leaving;
    private boolean ended;
    private volatile long detachedMs;

    /**
     * @param pushUrl the address that the client registers for its pushes
     * @param saved where another node's session ended; null for a new session
     */
    SignalingSession(
            String id, SessionKey key, LoopContext loop, String pushUrl, Grant grant, @Nullable SavedSession saved) {
        this.id = id;
        this.key = key;
        this.loop = loop;
        openedMs = loop.nowMs();
        address = new Push.Address(pushUrl, key.userId());
        var settings = loop.node().live().config().signaling();
        queue = new PushQueue(
                settings.unacknowledged(), loop.node().live().limits().outboundBytes());
        links = new SessionLinks(loop, saved == null ? "" : saved.leftPollingId(), () -> {
            repeat();
            flush();
        });
        threads = new ThreadWatches(loop, this);
        list = new ThreadListWatch(loop, this);
        positions = new SessionPositions(
                loop.node(),
                key,
                saved == null
                        ? new SavedSession(
                                loop.node().serviceMs().getAsLong() - CLOCK_MS, false, Map.of(), List.of(), "")
                        : saved);
        threads.restore(positions.all(), positions.floor());
        if (saved != null) {
            saved.states().forEach(delivered::add);
        }
        detachedMs = openedMs;
        proof = new SessionProof(loop, this, grant);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public SessionKey key() {
        return key;
    }

    @Override
    public LoopContext loop() {
        return loop;
    }

    @Override
    public String userId() {
        return key.userId();
    }

    @Override
    public UserToken token() {
        return proof.token();
    }

    @Override
    public long detachedMs() {
        return detachedMs;
    }

    boolean over() {
        return ended;
    }

    /** The connection that a polling client uses; null if it is another one. */
    @Nullable
    PollingLink polling(String linkId) {
        return links.polling(linkId);
    }

    /** Whether the client has left this polling connection for another one. */
    boolean hasLeft(String linkId) {
        return links.hasLeft(linkId);
    }

    @Override
    public NodeState.SessionEntry report() {
        Link link = links.current();
        return new NodeState.SessionEntry(
                id,
                key.userId(),
                link == null ? null : link.transport(),
                clientVersion,
                Instant.ofEpochMilli(openedMs),
                threads.size(),
                queue.size(),
                link == null ? Instant.ofEpochMilli(detachedMs) : null);
    }

    /** The client has opened a connection; the one before may still be open. */
    void attach(Link link, Grant grant) {
        if (ended || leaving) {
            link.close(Packet.GOODBYE);
            return;
        }
        proof.renew(grant.token(), grant.provenMs());
        clientVersion = link.clientVersion();
        connectedMs = loop.nowMs();
        detachedMs = 0;
        unregistered = false;
        loop.node().registry().attached(this);
        boolean alone = links.attach(link);
        link.send(Packet.CONNECTED);
        link.send(Packet.established(SignalingUrls.LIFE_SECONDS));
        if (alone) {
            repeat();
        }
        if (!started || (suspended && queue.hasRoomAgain())) {
            resume();
        }
        flush();
        if (!link.open()) {
            // It was closed while the session was looked for.
            ended(link);
        }
    }

    private void repeat() {
        metrics().repeated(queue.rewind());
    }

    /** The client has registered for pushes with a token that the service has accepted. */
    void registered(UserToken accepted, long provenMs) {
        unregistered = false;
        proof.renew(accepted, provenMs);
    }

    /** The client acknowledges a push. */
    void acknowledged(long pushId) {
        Push push = queue.acknowledged(pushId);
        if (push == null) {
            return;
        }
        metrics().acknowledged(loop.nowMs() - push.sentMs());
        positions.acknowledge(queue.oldestId());
        if (links.handsOver() && queue.settled()) {
            links.settled();
        }
        if (suspended && links.current() != null && queue.hasRoomAgain()) {
            resume();
        }
        flush();
    }

    @Override
    public void limitHit(String limit) {
        loop.node().metrics().limitHit(limit);
    }

    @Override
    public void ended(Link link) {
        if (!links.ended(link) || ended) {
            return;
        }
        detachedMs = loop.nowMs();
        if (unregistered) {
            end("unregistered");
            return;
        }
        loop.node().registry().detached(this);
    }

    /** The client has said that it wants no more pushes. */
    void unregister() {
        unregistered = true;
        if (links.current() == null) {
            end("unregistered");
        }
    }

    /** The service does not accept the token any more. Any thread. */
    @Override
    public void refused(UserToken which) {
        loop.later(() -> {
            if (!ended && token().equals(which)) {
                suspend();
                list.stop();
                loop.node().grants().remove(key);
                links.cut(Packet.UNAUTHORIZED);
            }
        });
    }

    /** Whether the client was asked to connect to another node. */
    boolean moves() {
        return moving;
    }

    /** Asks the client to open another connection, which another node may accept. */
    void move() {
        moving = true;
        Link link = links.current();
        if (link != null) {
            link.send(Packet.RECONNECT);
        }
    }

    /** Ends the session with everything that it holds. */
    @Override
    public void end(String reason) {
        if (!ended) {
            finish(reason);
            links.close();
            positions.forget();
        }
    }

    /** The node stops: another node may continue the session. Completes when its position is saved. */
    Future<Void> stop() {
        if (ended) {
            return Future.succeededFuture();
        }
        finish("stopped");
        links.close();
        return positions.save(threads.ids(), links.leftPollingId()).mapEmpty();
    }

    @Override
    public Future<SavedSession> handOver() {
        leaving = true;
        suspend();
        list.stop();
        Promise<SavedSession> promise = Promise.promise();
        settle(promise, loop.nowMs() + SessionPositions.SETTLE_MS);
        return promise.future();
    }

    /** Waits for the acknowledgements of what was just written, so that the other node does not write it again. */
    private void settle(Promise<SavedSession> promise, long endMs) {
        boolean awaits = links.current() != null && !queue.settled();
        // A save under way could make this node the holder again.
        if (!ended && (awaits || positions.saving()) && loop.nowMs() < endMs) {
            loop.after(SessionPositions.SETTLE_MS / 20, () -> settle(promise, endMs));
            return;
        }
        if (!ended) {
            finish("moved");
            links.leaveAll();
        }
        promise.complete(positions.saved(threads.ids(), links.leftPollingId()));
    }

    private void finish(String reason) {
        ended = true;
        metrics().ended(reason);
        proof.release();
        loop.node().registry().remove(this);
        loop.node().grants().remove(key);
        threads.stop();
        list.stop();
        // The caller may be the hub.
        loop.later(() -> loop.hub().drop(this));
        LOG.info(
                "signaling session {} of {} ended ({}) after {} s: {} threads, {} pushes, {} not acknowledged",
                id,
                key.userId(),
                reason,
                (loop.nowMs() - openedMs) / 1000,
                threads.size(),
                pushes,
                queue.size());
    }

    private void resume() {
        if (leaving) {
            return;
        }
        started = true;
        suspended = false;
        threads.resume();
        list.start();
    }

    /** Ends the subscriptions and keeps the positions, from which they are continued. */
    private void suspend() {
        if (suspended || ended) {
            return;
        }
        suspended = true;
        threads.stop();
        loop.later(() -> {
            if (suspended) {
                loop.hub().drop(this);
            }
        });
    }

    @Override
    public void listed(InboxState state) {
        threads.begin(state.entries(), positions.floor(), !positions.listed());
        positions.markListed();
    }

    @Override
    public void moved(Move move) {
        switch (move.kind()) {
            case CREATED -> threads.join(move.threadId(), move.created(), positions.floor());
            case MOVED -> threads.join(move.threadId(), null, positions.floor());
            case DELETED -> threads.leave(move.threadId(), true);
            case REMOVED -> threads.leave(move.threadId(), false);
        }
    }

    @Override
    public void deliver(FrameBatch run) {
        for (Frame frame : run.frames()) {
            if (suspended || ended) {
                break;
            }
            ChatEvent event = frame.event();
            if (event == null) {
                control(frame);
            } else if (threads.has(event.threadId()) && offer(event)) {
                threads.position(event.threadId(), frame.cursor());
            }
        }
        flush();
    }

    private void control(Frame frame) {
        String text = frame.text();
        if (!text.startsWith(FRESHNESS)) {
            threads.control(new JsonObject(text));
        }
    }

    @Override
    public boolean push(ChatEvent event) {
        boolean accepted = !suspended && !ended && offer(event);
        flush();
        return accepted;
    }

    @Override
    public void reached(String threadId, @Nullable String cursor) {
        positions.reach(threadId, cursor, queue.newestId(), queue.oldestId());
    }

    /** False if there is no room; then nothing is accepted until there is. */
    private boolean offer(ChatEvent event) {
        boolean brief = EventStates.brief(event);
        if (!EventStates.concerns(event, key.userId()) || (brief && links.current() == null) || delivered.has(event)) {
            return true;
        }
        Push.Body body = loop.bodies().of(event);
        if (queue.add(body, loop.nowMs())) {
            delivered.add(event);
            positions.push(event, queue.newestId());
            pushes++;
            metrics().pushed(body.event());
            return true;
        }
        loop.node().metrics().limitHit("signaling.unacknowledged");
        if (!brief) {
            suspend();
        }
        return brief;
    }

    private void flush() {
        Link link = links.current();
        boolean writes = queue.hasWaiting() && !leaving && (!links.handsOver() || queue.settled());
        if (writes && link != null && link.open()) {
            List<byte[]> packets = new ArrayList<>();
            queue.flush(loop.nowMs(), push -> packets.add(push.packet(address)));
            link.send(packets);
        }
    }

    /**
     * Time has passed.
     *
     * @return in how many milliseconds to call again
     */
    long tick(long nowMs) {
        Link link = links.current();
        if (proof.check(nowMs, link != null || !suspended)) {
            links.cut(Packet.UNAUTHORIZED);
        }
        if (link != null) {
            link.tick(nowMs);
            if (nowMs - queue.oldestSentMs(nowMs) > UNACKNOWLEDGED_MS && nowMs - connectedMs > UNACKNOWLEDGED_MS) {
                loop.node().metrics().limitHit("signaling.unacknowledgedSeconds");
                links.cut(Packet.GOODBYE);
            }
        } else if (nowMs - detachedMs > loop.node().live().config().signaling().detachedSeconds() * 1000L) {
            end("forgotten");
        } else if (nowMs - detachedMs >= LINGER_MS) {
            suspend();
            list.stop();
        }
        save(nowMs);
        return Math.min(TICK_MS, proof.next(nowMs));
    }

    private void save(long nowMs) {
        if (ended || leaving || !positions.due(nowMs)) {
            return;
        }
        positions.save(threads.ids(), links.leftPollingId()).onSuccess(mine -> {
            if (!mine && !ended) {
                LOG.info("signaling session {} is continued by another node", id);
                finish("moved");
                links.close();
            }
        });
    }

    private SignalingMetrics metrics() {
        return loop.node().metrics().signaling();
    }
}
