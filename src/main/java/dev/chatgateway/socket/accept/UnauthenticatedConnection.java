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
 * An HTTP connection from its accept until its client has authenticated. It holds a share of the memory that such
 * connections may hold together, and each request head and body has a time limit. It is the first handler of the
 * pipeline and sees the bytes as they arrive, encrypted or not. Owned by the connection's event loop, except {@link
 * #evict}.
 */
public final class UnauthenticatedConnection extends ChannelInboundHandlerAdapter {
    private static final AttributeKey<UnauthenticatedConnection> KEY =
            AttributeKey.valueOf(UnauthenticatedConnection.class.getName());

    /** Bytes of a request that count at most. Longer request bodies have limits of their own. */
    private static final long MAX_REQUEST_BYTES = 64 * 1024;

    /** The size changes in steps, because all event loops share one lock for the shares. */
    private static final long STEP_BYTES = 4 * 1024;

    private final Channel channel;
    private final UnauthenticatedLimits limits;
    private final Deadline deadline = new Deadline(this::timedOut);
    private FairShares.@Nullable Share share;
    private @Nullable ChannelHandlerContext ctx;
    private @Nullable ChannelHandlerContext decoder;
    private @Nullable Http2TimeLimits http2;
    private Phase phase = Phase.FIRST_HEAD;
    private long bytes;
    private long bytesBeforeRead;
    private long requestStart;
    private long size;
    private final long acceptedMs = nowMs();
    private int requests;
    private boolean responseStarted;
    private volatile boolean evicted;

    /** What the connection waits for. */
    private enum Phase {
        /** The end of the first request head. */
        FIRST_HEAD,
        /** The first byte of the next request. */
        IDLE,
        /** The end of a later request head. */
        HEAD,
        /** The end of a request body. */
        BODY,
        /** The connection speaks HTTP/2; {@link Http2TimeLimits} follows its streams. */
        HTTP2,
        /** The connection is a WebSocket, which has limits of its own. */
        UPGRADED
    }

    private UnauthenticatedConnection(Channel channel, UnauthenticatedLimits limits) {
        this.channel = channel;
        this.limits = limits;
        size = limits.connectionBytes();
    }

    /**
     * Registers an accepted channel that is not registered with an event loop yet. Called on the acceptor loop.
     *
     * @return false if there is no capacity for it; the caller closes the channel then
     */
    static boolean accept(Channel accepted, UnauthenticatedLimits limits) {
        if (!(accepted.remoteAddress() instanceof InetSocketAddress peer) || peer.isUnresolved()) {
            return true;
        }
        UnauthenticatedConnection connection = new UnauthenticatedConnection(accepted, limits);
        String address = peer.getAddress().getHostAddress();
        // A proxy's connection is an owner of its own until a request names the client.
        String owner = limits.proxies().trusts(address)
                ? accepted.id().asLongText()
                : limits.proxies().client(address, null);
        Optional<FairShares.Share> share = limits.shares().acquire(owner, connection.size, nowMs(), connection::evict);
        if (share.isEmpty()) {
            limits.metrics().limitHit("unsigned");
            return false;
        }
        FairShares.Share mine = share.get();
        connection.share = mine;
        accepted.attr(KEY).set(connection);
        accepted.pipeline().addFirst(connection);
        accepted.closeFuture().addListener(closed -> limits.shares().release(mine));
        return true;
    }

    /**
     * The state of a connection that has not authenticated. Null after that, and where {@link AcceptTransport} is not
     * in use.
     */
    public static @Nullable UnauthenticatedConnection of(HttpConnection connection) {
        return connection instanceof HttpServerConnection http && http.channelHandlerContext() != null
                ? http.channelHandlerContext().channel().attr(KEY).get()
                : null;
    }

    /** Assigns an HTTP connection to a user, after the service has accepted the token of one of its requests. */
    public static void knownUser(HttpConnection connection, String userId) {
        UnauthenticatedConnection unauthenticated = of(connection);
        if (unauthenticated != null) {
            unauthenticated.assignTo("user " + userId, true);
        }
    }

    private static long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /** Closes the connection after its share was given to another owner. Any thread. */
    private void evict() {
        limits.metrics().limitHit("unsigned");
        evicted = true;
        if (channel.isRegistered()) {
            channel.eventLoop().execute(this::closeNow);
        }
    }

    /**
     * Closes from the first handler of the pipeline, so that neither TLS nor Vert.x waits until the peer has read
     * pending output.
     */
    private void closeNow() {
        if (ctx != null) {
            ctx.close();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        ctx = added;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (evicted) {
            closeNow();
            return;
        }
        deadline.set(context.executor(), limits.headMs());
        context.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        deadline.close();
        context.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        bytesBeforeRead = bytes;
        bytes += message instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
        if (http2 == null && decoder == null) {
            addHandlers(context);
        }
        if (phase == Phase.IDLE) {
            requestStarted(context);
        }
        context.fireChannelRead(message);
        if (phase == Phase.HTTP2 && http2 != null) {
            http2.readComplete(context, deadline);
        }
        updateSize();
    }

    /** Adds the handlers that see the bounds of requests, as soon as TLS or HTTP handlers are in the pipeline. */
    private void addHandlers(ChannelHandlerContext context) {
        ChannelHandlerContext tls = context.pipeline().context(SslHandler.class);
        if (tls == null) {
            followHttp1();
        } else {
            http2 = new Http2TimeLimits(this, limits);
            context.pipeline().addAfter(tls.name(), null, http2);
        }
    }

    /**
     * Adds the handler that follows the requests of an HTTP/1.1 connection. Does nothing until its decoder is in the
     * pipeline.
     */
    public void followHttp1() {
        ChannelHandlerContext found = channel.pipeline().context(HttpRequestDecoder.class);
        if (decoder == null && found != null) {
            decoder = found;
            channel.pipeline().addAfter(found.name(), null, new Http1RequestBounds(this));
        }
    }

    private void requestStarted(ChannelHandlerContext context) {
        if (decoder != null && decoder.isRemoved()) {
            upgraded();
        } else {
            phase = Phase.HEAD;
            deadline.set(context.executor(), limits.headMs());
        }
    }

    /** A request head is complete. */
    void headComplete() {
        phase = Phase.BODY;
        requests++;
        responseStarted = false;
        // The last read may also hold the start of the next request, so its bytes still count.
        requestAdvanced(bytesBeforeRead);
        if (ctx != null) {
            deadline.set(ctx.executor(), limits.bodyMs());
        }
    }

    /** A request is complete. */
    void requestComplete() {
        phase = Phase.IDLE;
        requestAdvanced(bytesBeforeRead);
        deadline.clear();
    }

    /** An HTTP/2 request head is complete. */
    void http2HeadComplete() {
        if (phase == Phase.FIRST_HEAD) {
            phase = Phase.HTTP2;
            deadline.clear();
        }
        requestAdvanced(bytesBeforeRead);
    }

    /** Restarts the hold time of the share, and lets bytes before {@code start} count no more. */
    private void requestAdvanced(long start) {
        requestStart = start;
        FairShares.Share mine = share;
        if (mine != null) {
            limits.shares().touch(mine, nowMs());
        }
    }

    /** The response has begun; a 408 can no longer be written. */
    void responseStarts() {
        responseStarted = true;
    }

    /** The connection was upgraded to a WebSocket. */
    public void upgraded() {
        phase = Phase.UPGRADED;
        deadline.clear();
        requestAdvanced(bytes);
    }

    /** Milliseconds since the accept; 0 if this is not the first request. */
    public long handshakeMs() {
        return requests > 1 ? 0 : nowMs() - acceptedMs;
    }

    /**
     * Transfers the share to another owner.
     *
     * @param proven whether the service has accepted a token of this owner
     */
    public void assignTo(String owner, boolean proven) {
        FairShares.Share mine = share;
        if (mine != null) {
            limits.shares().transfer(mine, owner, proven);
        }
    }

    /** Releases the share and removes this handler. False if the connection was evicted before. */
    public boolean authenticated() {
        FairShares.Share mine = share;
        ChannelHandlerContext context = ctx;
        boolean stays = mine == null || limits.shares().release(mine);
        share = null;
        channel.attr(KEY).set(null);
        if (context != null && !context.isRemoved()) {
            context.pipeline().remove(this);
        }
        return stays;
    }

    private void updateSize() {
        FairShares.Share mine = share;
        if (mine == null) {
            return;
        }
        long requestBytes = Math.min(MAX_REQUEST_BYTES, bytes - requestStart);
        if ((phase == Phase.FIRST_HEAD || phase == Phase.HEAD)
                && requestBytes > limits.headBytes() + limits.connectionBytes() / 4) {
            limits.metrics().limitHit("headerBytes");
            closeNow();
            return;
        }
        long newSize = limits.connectionBytes() + requestBytes / STEP_BYTES * STEP_BYTES;
        if (newSize != size) {
            size = newSize;
            if (!limits.shares().resize(mine, newSize, nowMs())) {
                evict();
            }
        }
    }

    private void timedOut() {
        limits.metrics().limitHit(phase == Phase.BODY ? "bodySeconds" : "handshakeSeconds");
        if (limits.clients() && phase == Phase.FIRST_HEAD) {
            limits.metrics().sockets().connectionRefused("handshakeTimeout");
        }
        ChannelHandlerContext http = decoder;
        boolean requestBegun = phase == Phase.BODY || (phase == Phase.FIRST_HEAD && bytes > 0);
        if (http == null || http.isRemoved() || responseStarted || !requestBegun) {
            closeNow();
            return;
        }
        RequestTimeoutResponse.send(http, this::closeNow);
    }
}
