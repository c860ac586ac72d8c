package dev.chatgateway.socket.accept;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** The answer to a request of HTTP/1.1 that does not come in time. */
final class RequestTimeoutResponse {
    private static final long LIMIT_MS = 500;
    private static final byte[] ANSWER =
            "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);

    private RequestTimeoutResponse() {}

    /**
     * Answers past Vert.x, for which the request has not begun or is not at its end; then the connection is cut, also if
     * the peer does not take the answer.
     *
     * @param decoder of the connection, behind TLS
     */
    static void answer(ChannelHandlerContext decoder, Runnable cut) {
        decoder.writeAndFlush(Unpooled.wrappedBuffer(ANSWER)).addListener(written -> cut.run());
        decoder.executor().schedule(cut, LIMIT_MS, TimeUnit.MILLISECONDS);
    }
}
