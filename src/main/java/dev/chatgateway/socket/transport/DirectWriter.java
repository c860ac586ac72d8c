package dev.chatgateway.socket.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Socket;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;

/**
 * Writes a buffer that many sockets share to one of them without a detour: no duplicate of the buffer, no entry in the
 * channel's queue, no walk through its pipeline. Only for plain epoll sockets, only when nothing waits, only on the
 * channel's event loop: the loop closes the descriptor, so that it can't become another socket's between the look and the
 * write.
 */
final class DirectWriter {
    private DirectWriter() {}

    /** Whether there is such a way; TLS, for one, needs the pipeline. */
    static boolean possible(Channel channel) {
        return channel instanceof EpollSocketChannel epoll
                && epoll.fd() instanceof Socket
                && epoll.pipeline().get(SslHandler.class) == null;
    }

    /** How many bytes of the buffer's end the socket did not take; the buffer's indexes stay as they are. */
    static int write(Channel channel, ByteBuf buffer) {
        int length = buffer.readableBytes();
        if (!channel.isActive() || !buffer.hasMemoryAddress()) {
            return length;
        }
        try {
            Socket socket = (Socket) ((EpollSocketChannel) channel).fd();
            return length - socket.sendAddress(buffer.memoryAddress(), buffer.readerIndex(), buffer.writerIndex());
        } catch (IOException broken) {
            // The pipeline will meet the same, and ends the connection the usual way.
            return length;
        }
    }
}
