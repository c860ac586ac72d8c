package dev.chatgateway.socket.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection of an HTTP listener from its accept until it has signed in: it holds a share of what such connections may
 * hold together, and each head and body of a request has a time limit. First handler of the connection's pipeline, so that
 * it sees the bytes as they come, encrypted or not. Owned by the connection's event loop, but for {@link #end}.
 */
public final class UnauthenticatedConnection extends ChannelInboundHandlerAdapter {
    private static final AttributeKey<UnauthenticatedConnection> KEY =
            AttributeKey.valueOf(UnauthenticatedConnection.class.getName());

    /** What has come of a request weighs no more: bodies have bounds of their own. */
    private static final long MOST_BYTES = 64 * 1024;

    /** Weights change in steps, as the shares of all loops are behind one lock. */
    private static final long STEP_BYTES = 4 * 1024;

    private final Channel channel;
    private final ArrivalRules rules;
    private final Deadline deadline = new Deadline(this::late);
    private FairShares.@Nullable Share share;
    private @Nullable ChannelHandlerContext ctx;
    private @Nullable ChannelHandlerContext decoder;
    private @Nullable Http2TimeLimits http2;
    private Phase phase = Phase.FIRST;
    private long bytes;
    private long bytesBefore;
    private long mark;
    private long weight;
    private final long acceptedMs = nowMs();
    private int requests;
    private boolean answered;
    private volatile boolean over;

    /** Where the connection is in its requests. */
    private enum Phase {
        /** No whole head has come yet. */
        FIRST,
        /** Nothing of the next request has come. */
        IDLE,
        /** A part of a head has come. */
        HEAD,
        /** A head has come, but not the whole body. */
        BODY,
        /** HTTP/2, which {@link Http2TimeLimits} follows. */
        STREAMS,
        /** A WebSocket, which has limits of its own. */
        UPGRADED
    }

    private UnauthenticatedConnection(Channel channel, ArrivalRules rules) {
        this.channel = channel;
        this.rules = rules;
        weight = rules.weight();
    }

    /**
     * Takes a connection that was accepted and has no event loop yet.
     *
     * @return false if there is no room for it
     */
    static boolean begin(Channel accepted, ArrivalRules rules) {
        if (!(accepted.remoteAddress() instanceof InetSocketAddress peer) || peer.isUnresolved()) {
            return true;
        }
        UnauthenticatedConnection visit = new UnauthenticatedConnection(accepted, rules);
        String address = peer.getAddress().getHostAddress();
        // Each connection of a proxy counts by itself until its request says for whom it is.
        String owner = rules.proxies().trusts(address)
                ? accepted.id().asLongText()
                : rules.proxies().client(address, null);
        Optional<FairShares.Share> share = rules.shares().enter(owner, visit.weight, nowMs(), visit::end);
        if (share.isEmpty()) {
            rules.metrics().limitHit("unsigned");
            return false;
        }
        FairShares.Share mine = share.get();
        visit.share = mine;
        accepted.attr(KEY).set(visit);
        accepted.pipeline().addFirst(visit);
        accepted.closeFuture().addListener(closed -> rules.shares().leave(mine));
        return true;
    }

    /** The visit of a connection; null after it has signed in, and where nobody looks at connections. */
    public static @Nullable UnauthenticatedConnection of(HttpConnection connection) {
        return connection instanceof HttpServerConnection http && http.channelHandlerContext() != null
                ? http.channelHandlerContext().channel().attr(KEY).get()
                : null;
    }

    private static long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /** The connection is no longer counted and must go at once. Any thread. */
    private void end() {
        rules.metrics().limitHit("unsigned");
        over = true;
        if (channel.isRegistered()) {
            channel.eventLoop().execute(this::cut);
        }
    }

    /** From the first handler on, so that neither TLS nor Vert.x waits for the peer to take what is on its way. */
    private void cut() {
        if (ctx != null) {
            ctx.close();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        ctx = added;
    }

    @Override
    public void channelActive(ChannelHandlerContext from) {
        if (over) {
            cut();
            return;
        }
        deadline.in(from.executor(), rules.headMs());
        from.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        deadline.close();
        from.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        bytesBefore = bytes;
        bytes += message instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
        if (http2 == null && decoder == null) {
            lookAt(from);
        }
        if (phase == Phase.IDLE) {
            begun(from);
        }
        from.fireChannelRead(message);
        if (phase == Phase.STREAMS && http2 != null) {
            http2.after(from, deadline, rules);
        }
        weigh();
    }

    /** The handlers that know where requests begin are put in as soon as their neighbours are there. */
    private void lookAt(ChannelHandlerContext from) {
        ChannelHandlerContext tls = from.pipeline().context(SslHandler.class);
        if (tls == null) {
            http1();
        } else {
            http2 = new Http2TimeLimits(this, rules);
            from.pipeline().addAfter(tls.name(), null, http2);
        }
    }

    /** The connection speaks HTTP/1.1; its decoder is there. */
    public void http1() {
        ChannelHandlerContext found = channel.pipeline().context(HttpRequestDecoder.class);
        if (decoder == null && found != null) {
            decoder = found;
            channel.pipeline().addAfter(found.name(), null, new Http1RequestBounds(this));
        }
    }

    private void begun(ChannelHandlerContext from) {
        if (decoder != null && decoder.isRemoved()) {
            upgraded();
        } else {
            phase = Phase.HEAD;
            deadline.in(from.executor(), rules.headMs());
        }
    }

    /** A whole head has come. */
    void headComplete() {
        phase = Phase.BODY;
        requests++;
        answered = false;
        // What came last may be the beginning of the next request, and still counts.
        progress(bytesBefore);
        if (ctx != null) {
            deadline.in(ctx.executor(), rules.bodyMs());
        }
    }

    /** A whole request has come. */
    void requestComplete() {
        phase = Phase.IDLE;
        progress(bytesBefore);
        deadline.clear();
    }

    /** The first head of a connection that speaks HTTP/2 has come. */
    void streams() {
        if (phase == Phase.FIRST) {
            phase = Phase.STREAMS;
            deadline.clear();
        }
        progress(bytesBefore);
    }

    /** A request has come so far that its time begins anew, and what came before that byte weighs no more. */
    private void progress(long from) {
        mark = from;
        FairShares.Share mine = share;
        if (mine != null) {
            rules.shares().renew(mine, nowMs());
        }
    }

    /** Something of an answer is on its way. */
    void answering() {
        answered = true;
    }

    /** It is a WebSocket from now on. */
    public void upgraded() {
        phase = Phase.UPGRADED;
        deadline.clear();
        progress(bytes);
    }

    /** Milliseconds since the accept; 0 if this is not the first request. */
    public long handshakeMs() {
        return requests > 1 ? 0 : nowMs() - acceptedMs;
    }

    /** Whom the connection counts for from now on. */
    public void move(String owner, boolean proven) {
        FairShares.Share mine = share;
        if (mine != null) {
            rules.shares().move(mine, owner, proven);
        }
    }

    /** The client has signed in; false if the connection has been given up before. */
    public boolean signedIn() {
        FairShares.Share mine = share;
        ChannelHandlerContext here = ctx;
        boolean stays = mine == null || rules.shares().leave(mine);
        share = null;
        channel.attr(KEY).set(null);
        if (here != null && !here.isRemoved()) {
            here.pipeline().remove(this);
        }
        return stays;
    }

    private void weigh() {
        FairShares.Share mine = share;
        if (mine == null) {
            return;
        }
        long request = Math.min(MOST_BYTES, bytes - mark);
        if ((phase == Phase.FIRST || phase == Phase.HEAD) && request > rules.headBytes() + rules.weight() / 4) {
            rules.metrics().limitHit("headerBytes");
            cut();
            return;
        }
        long now = rules.weight() + request / STEP_BYTES * STEP_BYTES;
        if (now != weight) {
            weight = now;
            if (!rules.shares().resize(mine, now, nowMs())) {
                end();
            }
        }
    }

    private void late() {
        rules.metrics().limitHit(phase == Phase.BODY ? "bodySeconds" : "handshakeSeconds");
        if (rules.clients() && phase == Phase.FIRST) {
            rules.metrics().sockets().connectionRefused("handshakeTimeout");
        }
        ChannelHandlerContext http = decoder;
        boolean asked = phase == Phase.BODY || (phase == Phase.FIRST && bytes > 0);
        if (http == null || http.isRemoved() || answered || !asked) {
            cut();
            return;
        }
        RequestTimeoutResponse.answer(http, this::cut);
    }
}
