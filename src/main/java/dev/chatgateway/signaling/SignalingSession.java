package dev.chatgateway.signaling;

import dev.chatgateway.command.token.ProvenTokens;
import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.InboxFeed.InboxState;
import dev.chatgateway.event.InboxUpdate;
import dev.chatgateway.event.InboxUpdate.Move;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.metrics.SignalingMetrics;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client object of the official library, over all its connections: its threads, the pushes that it has not
 * acknowledged, its token. Without a connection it collects pushes for a minute; then, or when too many wait, it keeps only
 * those and its position in each thread, and continues there when the client is back. Owned by one event loop.
 */
final class SignalingSession
        implements SessionRegistry.Member, ThreadWatches.Owner, InboxWatcher.Listener, Link.Owner, ProvenTokens.Holder {
    private static final Logger LOG = LoggerFactory.getLogger(SignalingSession.class);

    /** So long, and until the next tick, a session without a connection stays subscribed. */
    private static final long LINGER_MS = 60_000;
    /** So long a new connection waits for acknowledgements that may still come on the one before. */
    private static final long HANDOVER_MS = 2_000;
    /** A client that has not acknowledged for so long does not work; it connects again when it is cut off. */
    private static final long UNACKNOWLEDGED_MS = 60_000;

    /** The service's clock is known to half a second; what was sent right after the connection must not be missed. */
    private static final long CLOCK_MS = 1_000;

    private static final long TICK_MS = 5_000;
    private static final long LIST_RETRY_MS = 5_000;
    private static final int MOST_MOVES = 256;
    private static final String FRESHNESS = "{\"jsonrpc\":\"2.0\",\"method\":\"freshness\"";

    private final String id;
    private final SessionKey key;
    private final LoopContext loop;
    private final Push.Address address;
    private final SessionToken token;
    private final PushQueue queue;
    private final DeliveredVersions delivered = new DeliveredVersions();
    private final ThreadWatches threads;
    private final List<InboxUpdate> early = new ArrayList<>(0);
    private final long openedMs;
    private final long floor;

    private @Nullable Link current;
    private @Nullable String clientVersion;
    /** The connection before, while acknowledgements may still come on it. */
    private @Nullable Link previous;

    private long connectedMs;
    private long listRevision = -1;
    private int attempt;
    private long pushes;
    private boolean begun;
    private boolean listed;
    private boolean listing;
    private boolean suspended;
    private boolean unregistered;
    private boolean ended;
    private volatile long detachedMs;

    /** @param pushUrl the address that the client registers for its pushes */
    SignalingSession(String id, SessionKey key, LoopContext loop, String pushUrl, UserToken token) {
        this.id = id;
        this.key = key;
        this.loop = loop;
        openedMs = loop.nowMs();
        floor = loop.node().serviceMs().getAsLong() - CLOCK_MS;
        address = new Push.Address(pushUrl, key.userId());
        this.token = new SessionToken(token, openedMs);
        var settings = loop.node().live().config().signaling();
        queue = new PushQueue(
                settings.unacknowledged(), loop.node().live().limits().outboundBytes());
        threads = new ThreadWatches(loop, this);
        detachedMs = openedMs;
        loop.node().tokens().hold(token, this);
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
        return token.get();
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
        Link link = current;
        return link instanceof PollingLink polling && polling.id().equals(linkId) ? polling : null;
    }

    /** What the client says that it is; null if it says nothing. */
    void clientVersion(@Nullable String version) {
        clientVersion = version;
    }

    @Override
    public NodeState.SessionEntry report() {
        Link link = current;
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
    void attach(Link link, UserToken shown) {
        if (ended) {
            link.close(Packet.GOODBYE);
            return;
        }
        renew(shown);
        Link before = current;
        current = link;
        connectedMs = loop.nowMs();
        detachedMs = 0;
        unregistered = false;
        loop.node().registry().attached(this);
        link.send(Packet.CONNECTED);
        link.send(Packet.established(SignalingUrls.LIFE_SECONDS));
        if (before != null) {
            // It may be closed, and its last acknowledgements on their way from its event loop; its end comes after
            // them.
            previous = before;
            loop.after(HANDOVER_MS, () -> endHandover(before));
        } else {
            repeat();
        }
        if (!begun || (suspended && queue.half())) {
            begun = true;
            resume();
        }
        flush();
    }

    private void endHandover(Link before) {
        if (previous == before) {
            previous = null;
            repeat();
            flush();
        }
    }

    private void repeat() {
        metrics().repeated(queue.rewind());
    }

    /** A token of the session's user that the service has accepted. */
    void renew(UserToken shown) {
        UserToken before = token.get();
        if (token.accepted(shown, loop.nowMs())) {
            loop.node().tokens().release(before, this);
            loop.node().tokens().hold(shown, this);
            loop.hub().replaceToken(this, shown);
        }
    }

    @Override
    public void acknowledged(long pushId) {
        Push push = queue.acknowledged(pushId);
        if (push == null) {
            return;
        }
        metrics().acknowledged(loop.nowMs() - push.sentMs());
        Link before = previous;
        if (before != null && queue.settled()) {
            previous = null;
        }
        if (suspended && current != null && queue.half()) {
            resume();
        }
        flush();
    }

    @Override
    public void ended(Link link) {
        if (link == previous) {
            endHandover(link);
        } else if (link == current) {
            current = null;
            detachedMs = loop.nowMs();
            if (ended) {
                return;
            }
            if (unregistered) {
                end("unregistered");
                return;
            }
            loop.node().registry().detached(this);
        }
    }

    /** The client has said that it wants no more pushes. */
    void unregister() {
        unregistered = true;
        if (current == null) {
            end("unregistered");
        }
    }

    /** The service does not accept the token any more. Any thread. */
    @Override
    public void refused(UserToken which) {
        loop.later(() -> {
            if (!ended && token.get().equals(which)) {
                suspend();
                dropList();
                cut(Packet.UNAUTHORIZED);
            }
        });
    }

    private void cut(byte[] last) {
        Link link = current;
        if (link != null) {
            link.close(last);
        }
    }

    /** Asks the client to open another connection, which another node may accept. */
    void move() {
        Link link = current;
        if (link != null) {
            link.send(Packet.RECONNECT);
        }
    }

    /** Ends the session with everything that it holds. */
    @Override
    public void end(String reason) {
        if (ended) {
            return;
        }
        ended = true;
        metrics().ended(reason);
        loop.node().tokens().release(token.get(), this);
        loop.node().registry().remove(this);
        threads.stop();
        dropList();
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
        cut(Packet.GOODBYE);
    }

    private void resume() {
        suspended = false;
        threads.resume();
        if (!listing) {
            listing = true;
            loop.lists().add(this);
            list();
        }
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

    private void dropList() {
        listing = false;
        attempt++;
        listRevision = -1;
        early.clear();
        loop.lists().remove(this);
        loop.hub().dropList(this);
    }

    private void list() {
        int mine = ++attempt;
        loop.hub().threads(this, token.get()).onComplete(result -> {
            if (mine != attempt || ended) {
                return;
            }
            if (result.succeeded()) {
                listed(result.result());
            } else {
                loop.after(LIST_RETRY_MS, () -> {
                    if (mine == attempt && !ended) {
                        list();
                    }
                });
            }
        });
    }

    private void listed(InboxState state) {
        listRevision = state.revision();
        boolean first = !listed;
        listed = true;
        threads.begin(state.entries(), floor, first);
        List<InboxUpdate> held = List.copyOf(early);
        early.clear();
        held.forEach(this::listChanged);
    }

    @Override
    public void listChanged(InboxUpdate update) {
        if (listRevision < 0) {
            if (early.size() < MOST_MOVES) {
                early.add(update);
            }
            return;
        }
        if (update.revision() > listRevision) {
            update.moves().forEach(this::moved);
        }
    }

    private void moved(Move move) {
        switch (move.kind()) {
            case CREATED -> threads.join(move.threadId(), move.created(), floor);
            case MOVED -> threads.join(move.threadId(), null, floor);
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
            } else if (threads.has(event.threadId())) {
                if (offer(event)) {
                    threads.position(event.threadId(), frame.cursor());
                }
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

    /** False if there is no room; then nothing is accepted until there is. */
    private boolean offer(ChatEvent event) {
        if (!EventStates.concerns(event, key.userId())
                || (EventStates.brief(event) && current == null)
                || delivered.has(event)) {
            return true;
        }
        Push.Body body = loop.bodies().of(event);
        if (queue.add(body, loop.nowMs())) {
            delivered.add(event);
            pushes++;
            metrics().pushed(body.event());
            return true;
        }
        loop.node().metrics().limitHit("signaling.unacknowledged");
        suspend();
        return false;
    }

    private void flush() {
        Link link = current;
        if (link != null && link.open() && (previous == null || queue.settled())) {
            queue.flush(loop.nowMs(), push -> link.send(push.packet(address)));
        }
    }

    /**
     * Time has passed.
     *
     * @return in how many milliseconds to call again
     */
    long tick(long nowMs) {
        switch (token.advice(nowMs)) {
            case EXPIRED -> {
                loop.hub().pause(this);
                cut(Packet.UNAUTHORIZED);
            }
            case DOUBT -> loop.hub().doubt(this);
            case PROVE -> {
                // A client that comes back shows a token; until then a session without subscriptions needs no proof.
                if (current != null || !suspended) {
                    prove(token.get());
                }
            }
            case NOTHING -> {}
        }
        Link link = current;
        if (link != null) {
            link.tick(nowMs);
            if (nowMs - queue.oldestSentMs(nowMs) > UNACKNOWLEDGED_MS && nowMs - connectedMs > UNACKNOWLEDGED_MS) {
                loop.node().metrics().limitHit("signaling.unacknowledgedSeconds");
                cut(Packet.GOODBYE);
            }
        } else if (nowMs - detachedMs > loop.node().live().config().signaling().detachedSeconds() * 1000L) {
            end("forgotten");
        } else if (nowMs - detachedMs >= LINGER_MS) {
            suspend();
            if (listing) {
                dropList();
            }
        }
        return Math.min(TICK_MS, token.next(nowMs));
    }

    private void prove(UserToken which) {
        loop.node().tokens().proveAgain(which).onSuccess(at -> {
            if (!ended && token.get().equals(which)) {
                renew(which);
            }
        });
    }

    private SignalingMetrics metrics() {
        return loop.node().metrics().signaling();
    }
}
