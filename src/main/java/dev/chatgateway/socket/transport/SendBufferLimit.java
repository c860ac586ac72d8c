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
 * What the operating system holds of a socket's output, kept small: it may be megabytes, and says that there is room
 * again when a third of it has left only. So a slow peer that reads all the time would seem to take nothing for a minute,
 * and a close frame would stand behind those megabytes.
 */
final class SendBufferLimit {
    /** Bytes that were not sent yet; in half of these steps it shows that the peer takes something. */
    private static final int UNSENT = 65_536;

    /** Where only the whole can be bounded, sent bytes that were not acknowledged included. */
    private static final int WHOLE = 131_072;

    /** A peer that takes what stands before the close frame gets the time limit so many times. */
    private static final int MOST_LIMITS = 6;

    private SendBufferLimit() {}

    /** Sets the bound; without one everything works, with slow peers judged later. */
    static void bound(Channel channel) {
        try {
            if (channel instanceof EpollSocketChannel) {
                channel.config().setOption(EpollChannelOption.TCP_NOTSENT_LOWAT, (long) UNSENT);
            } else {
                channel.config().setOption(ChannelOption.SO_SNDBUF, WHOLE);
            }
        } catch (ChannelException gone) {
            // The peer has closed meanwhile, which the pipeline will tell.
        }
    }

    /**
     * Ends the connection unless its peer has ended it in time; as long as the peer takes what stands before the close
     * frame it gets the time again, for a while.
     *
     * @param waiting bytes that the peer has not taken
     */
    static void closeIn(ChannelHandlerContext ctx, long limitMs, LongSupplier waiting) {
        closeIn(ctx, limitMs, waiting, MOST_LIMITS);
    }

    private static void closeIn(ChannelHandlerContext ctx, long limitMs, LongSupplier waiting, int left) {
        long before = waiting.getAsLong();
        var limit = ctx.executor()
                .schedule(
                        () -> {
                            if (left > 1 && waiting.getAsLong() < before) {
                                closeIn(ctx, limitMs, waiting, left - 1);
                            } else {
                                ctx.close();
                            }
                        },
                        limitMs,
                        TimeUnit.MILLISECONDS);
        ctx.channel().closeFuture().addListener(closed -> limit.cancel(false));
    }
}
