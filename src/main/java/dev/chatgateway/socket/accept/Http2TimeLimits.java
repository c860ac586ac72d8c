package dev.chatgateway.socket.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.ssl.SslHandler;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Enforces time limits on an HTTP/2 connection by parsing its frame headers (RFC 9113 section 4.1): a frame, a header
 * block and a request body that has begun must end in time. The handler is placed behind TLS and removes itself if the
 * connection speaks HTTP/1.1. Owned by the connection's event loop.
 */
final class Http2TimeLimits extends ChannelInboundHandlerAdapter {
    private static final int PREFACE_BYTES = 24;
    private static final int FRAME_HEADER_BYTES = 9;
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RESET = 3;
    private static final int CONTINUATION = 9;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final long CHECK_INTERVAL_MS = 1_000;

    private final UnauthenticatedConnection connection;
    private final UnauthenticatedLimits limits;
    private final Map<Integer, Long> bodyDeadlines = new LinkedHashMap<>();
    private final byte[] header = new byte[FRAME_HEADER_BYTES];
    private int headerBytes;
    private int payloadLeft = PREFACE_BYTES;
    private int type = -1;
    private int flags;
    private int stream;
    private boolean hasBody;
    private boolean headerBlockOpen;
    private boolean protocolKnown;
    private boolean dataRead;
    private boolean checkScheduled;

    Http2TimeLimits(UnauthenticatedConnection connection, UnauthenticatedLimits limits) {
        this.connection = connection;
        this.limits = limits;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!protocolKnown) {
            protocolKnown = true;
            SslHandler tls = ctx.pipeline().get(SslHandler.class);
            if (tls == null || !"h2".equals(tls.applicationProtocol())) {
                connection.followHttp1();
                ctx.pipeline().remove(this);
                ctx.fireChannelRead(message);
                return;
            }
        }
        dataRead = true;
        if (message instanceof ByteBuf buffer) {
            parse(buffer);
        }
        ctx.fireChannelRead(message);
        if (!bodyDeadlines.isEmpty() && !checkScheduled) {
            checkScheduled = true;
            ctx.executor().schedule(() -> resetLateBodies(ctx), CHECK_INTERVAL_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void parse(ByteBuf buffer) {
        int at = buffer.readerIndex();
        while (at < buffer.writerIndex()) {
            if (payloadLeft > 0) {
                int taken = Math.min(payloadLeft, buffer.writerIndex() - at);
                payloadLeft -= taken;
                at += taken;
            } else {
                header[headerBytes++] = buffer.getByte(at++);
                if (headerBytes < FRAME_HEADER_BYTES) {
                    continue;
                }
                parseHeader();
            }
            if (payloadLeft == 0) {
                frameComplete();
            }
        }
    }

    private void parseHeader() {
        headerBytes = 0;
        payloadLeft = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | (header[2] & 0xff);
        type = header[3];
        flags = header[4];
        stream = (header[5] & 0x7f) << 24 | (header[6] & 0xff) << 16 | (header[7] & 0xff) << 8 | (header[8] & 0xff);
        if (type == HEADERS) {
            headerBlockOpen = true;
            hasBody = (flags & END_STREAM) == 0;
        }
    }

    private void frameComplete() {
        if ((type == HEADERS || type == CONTINUATION) && (flags & END_HEADERS) != 0) {
            headerBlockOpen = false;
            if (hasBody) {
                bodyDeadlines.putIfAbsent(stream, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limits.bodyMs()));
            } else {
                bodyDeadlines.remove(stream);
            }
            connection.http2HeadComplete();
        } else if (type == RESET || (type == DATA && (flags & END_STREAM) != 0)) {
            bodyDeadlines.remove(stream);
        }
        type = -1;
    }

    /** Called after each read of the socket. Sets the deadline if a frame or header block is incomplete. */
    void readComplete(ChannelHandlerContext ctx, Deadline deadline) {
        boolean betweenFrames = dataRead && payloadLeft == 0 && headerBytes == 0 && !headerBlockOpen;
        dataRead = false;
        if (betweenFrames) {
            deadline.clear();
        } else if (!deadline.isPending()) {
            deadline.set(
                    ctx.executor(), bodyDeadlines.isEmpty() || headerBlockOpen ? limits.headMs() : limits.bodyMs());
        }
    }

    /** Resets requests whose body is late. A stream that was answered before its body ended is closed already. */
    private void resetLateBodies(ChannelHandlerContext ctx) {
        checkScheduled = false;
        Http2ConnectionHandler http = ctx.pipeline().get(Http2ConnectionHandler.class);
        ChannelHandlerContext httpContext = ctx.pipeline().context(Http2ConnectionHandler.class);
        if (http == null || httpContext == null || ctx.isRemoved()) {
            return;
        }
        long now = System.nanoTime();
        Iterator<Map.Entry<Integer, Long>> all = bodyDeadlines.entrySet().iterator();
        while (all.hasNext()) {
            Map.Entry<Integer, Long> body = all.next();
            Http2Stream open = http.connection().stream(body.getKey());
            boolean late = now - body.getValue() >= 0;
            if (late || !receiving(open)) {
                all.remove();
            }
            if (late && receiving(open)) {
                limits.metrics().limitHit("bodySeconds");
                http.resetStream(httpContext, body.getKey(), Http2Error.CANCEL.code(), httpContext.newPromise());
                httpContext.flush();
            }
        }
        if (!bodyDeadlines.isEmpty()) {
            checkScheduled = true;
            ctx.executor().schedule(() -> resetLateBodies(ctx), CHECK_INTERVAL_MS, TimeUnit.MILLISECONDS);
        }
    }

    private static boolean receiving(@Nullable Http2Stream stream) {
        return stream != null && stream.state().remoteSideOpen();
    }
}
