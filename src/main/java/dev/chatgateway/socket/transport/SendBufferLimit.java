package dev.chatgateway.socket.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Limits how much output of a socket the operating system buffers. By default that is megabytes, and the socket becomes
 * writable again only when a third of it was sent. A slow peer that reads all the time would then seem to read nothing
 * for a minute, and a close frame would wait behind the megabytes.
 */
final class SendBufferLimit {
    /** Unsent bytes. The socket becomes writable below half of it, which shows that the peer reads. */
    private static final int NOTSENT_LOWAT = 65_536;

    /** Without epoll only the whole send buffer can be limited, including bytes that were sent and not acknowledged. */
    private static final int SEND_BUFFER = 131_072;

    /** A peer that keeps reading output before the close frame gets the time limit this many times. */
    private static final int MAX_EXTENSIONS = 6;

    private SendBufferLimit() {}

    /** Sets the option. If that fails, slow peers are detected later. */
    static void apply(Channel channel) {
        try {
            if (channel instanceof EpollSocketChannel) {
                channel.config().setOption(EpollChannelOption.TCP_NOTSENT_LOWAT, (long) NOTSENT_LOWAT);
            } else {
                channel.config().setOption(ChannelOption.SO_SNDBUF, SEND_BUFFER);
            }
        } catch (ChannelException gone) {
            // The channel is closed; the pipeline reports it.
        }
    }

    /**
     * Closes the channel unless the peer has closed it within the limit. The limit restarts, a few times, while the
     * peer keeps reading pending output.
     *
     * @param pendingBytes bytes that the peer has not read
     */
    static void closeAfter(ChannelHandlerContext ctx, long limitMs, LongSupplier pendingBytes) {
        closeAfter(ctx, limitMs, pendingBytes, MAX_EXTENSIONS);
    }

    private static void closeAfter(ChannelHandlerContext ctx, long limitMs, LongSupplier pendingBytes, int attempts) {
        long pendingBefore = pendingBytes.getAsLong();
        var limit = ctx.executor()
                .schedule(
                        () -> {
                            if (attempts > 1 && pendingBytes.getAsLong() < pendingBefore) {
                                closeAfter(ctx, limitMs, pendingBytes, attempts - 1);
                            } else {
                                ctx.close();
                            }
                        },
                        limitMs,
                        TimeUnit.MILLISECONDS);
        ctx.channel().closeFuture().addListener(closed -> limit.cancel(false));
    }
}
