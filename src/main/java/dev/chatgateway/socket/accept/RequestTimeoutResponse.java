package dev.chatgateway.socket.accept;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Writes a 408 response to an HTTP/1.1 request that did not arrive in time. */
final class RequestTimeoutResponse {
    private static final long WRITE_LIMIT_MS = 500;
    private static final byte[] RESPONSE =
            "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);

    private RequestTimeoutResponse() {}

    /**
     * Writes past Vert.x, whose request has not begun or has not ended. The connection is closed after the write, or
     * after half a second if the peer does not read it.
     *
     * @param decoder context of the HTTP decoder, behind TLS
     * @param close closes the connection; may be called twice
     */
    static void send(ChannelHandlerContext decoder, Runnable close) {
        decoder.writeAndFlush(Unpooled.wrappedBuffer(RESPONSE)).addListener(written -> close.run());
        decoder.executor().schedule(close, WRITE_LIMIT_MS, TimeUnit.MILLISECONDS);
    }
}
