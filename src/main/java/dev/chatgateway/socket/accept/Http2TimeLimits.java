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
 * Follows the frames of a connection that speaks HTTP/2 (RFC 9113 section 4.1) for their time limits: a frame or header
 * block that has begun must come to its end, and so must each request body. Stands behind TLS, and leaves as soon as it
 * is seen that the connection speaks HTTP/1.1. Owned by the connection's event loop.
 */
final class Http2TimeLimits extends ChannelInboundHandlerAdapter {
    private static final int PREFACE = 24;
    private static final int HEADER = 9;
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RESET = 3;
    private static final int CONTINUATION = 9;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final long LOOK_MS = 1_000;

    private final UnauthenticatedConnection visit;
    private final ArrivalRules rules;
    private final Map<Integer, Long> bodies = new LinkedHashMap<>();
    private final byte[] header = new byte[HEADER];
    private int headerRead;
    private int left = PREFACE;
    private int type = -1;
    private int flags;
    private int stream;
    private boolean bodyFollows;
    private boolean blockOpen;
    private boolean decided;
    private boolean read;
    private boolean looking;

    Http2TimeLimits(UnauthenticatedConnection visit, ArrivalRules rules) {
        this.visit = visit;
        this.rules = rules;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!decided) {
            decided = true;
            SslHandler tls = ctx.pipeline().get(SslHandler.class);
            if (tls == null || !"h2".equals(tls.applicationProtocol())) {
                visit.http1();
                ctx.pipeline().remove(this);
                ctx.fireChannelRead(message);
                return;
            }
        }
        read = true;
        if (message instanceof ByteBuf buffer) {
            follow(buffer);
        }
        ctx.fireChannelRead(message);
        if (!bodies.isEmpty() && !looking) {
            looking = true;
            ctx.executor().schedule(() -> look(ctx), LOOK_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void follow(ByteBuf buffer) {
        int at = buffer.readerIndex();
        while (at < buffer.writerIndex()) {
            if (left > 0) {
                int taken = Math.min(left, buffer.writerIndex() - at);
                left -= taken;
                at += taken;
            } else {
                header[headerRead++] = buffer.getByte(at++);
                if (headerRead < HEADER) {
                    continue;
                }
                begun();
            }
            if (left == 0) {
                ended();
            }
        }
    }

    private void begun() {
        headerRead = 0;
        left = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | (header[2] & 0xff);
        type = header[3];
        flags = header[4];
        stream = (header[5] & 0x7f) << 24 | (header[6] & 0xff) << 16 | (header[7] & 0xff) << 8 | (header[8] & 0xff);
        if (type == HEADERS) {
            blockOpen = true;
            bodyFollows = (flags & END_STREAM) == 0;
        }
    }

    private void ended() {
        if ((type == HEADERS || type == CONTINUATION) && (flags & END_HEADERS) != 0) {
            blockOpen = false;
            if (bodyFollows) {
                bodies.putIfAbsent(stream, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(rules.bodyMs()));
            } else {
                bodies.remove(stream);
            }
            visit.streams();
        } else if (type == RESET || (type == DATA && (flags & END_STREAM) != 0)) {
            bodies.remove(stream);
        }
        type = -1;
    }

    /** After a read of the socket: something that has begun must be there in time. */
    void after(ChannelHandlerContext ctx, Deadline deadline, ArrivalRules limits) {
        boolean whole = read && left == 0 && headerRead == 0 && !blockOpen;
        read = false;
        if (whole) {
            deadline.clear();
        } else if (!deadline.isSet()) {
            deadline.in(ctx.executor(), bodies.isEmpty() || blockOpen ? limits.headMs() : limits.bodyMs());
        }
    }

    /** Resets requests whose body is late. Of those that were answered before their end nothing is left to reset. */
    private void look(ChannelHandlerContext ctx) {
        looking = false;
        Http2ConnectionHandler http = ctx.pipeline().get(Http2ConnectionHandler.class);
        ChannelHandlerContext there = ctx.pipeline().context(Http2ConnectionHandler.class);
        if (http == null || there == null || ctx.isRemoved()) {
            return;
        }
        long now = System.nanoTime();
        Iterator<Map.Entry<Integer, Long>> all = bodies.entrySet().iterator();
        while (all.hasNext()) {
            Map.Entry<Integer, Long> body = all.next();
            Http2Stream open = http.connection().stream(body.getKey());
            boolean late = now - body.getValue() >= 0;
            if (late || !unfinished(open)) {
                all.remove();
            }
            if (late && unfinished(open)) {
                rules.metrics().limitHit("bodySeconds");
                http.resetStream(there, body.getKey(), Http2Error.CANCEL.code(), there.newPromise());
                there.flush();
            }
        }
        if (!bodies.isEmpty()) {
            looking = true;
            ctx.executor().schedule(() -> look(ctx), LOOK_MS, TimeUnit.MILLISECONDS);
        }
    }

    private static boolean unfinished(@Nullable Http2Stream stream) {
        return stream != null && stream.state().remoteSideOpen();
    }
}
