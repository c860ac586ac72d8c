package dev.chatgateway.socket.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Socket;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;

/**
 * Writes a buffer that many sockets share to one socket by a system call, without a duplicate of the buffer, an entry
 * in the outbound buffer or a walk through the pipeline. Only for epoll sockets without TLS that have no pending
 * output, and only on the event loop of the channel: the event loop closes the descriptor, so it cannot be reused by
 * another socket between the check and the write.
 */
final class DirectWriter {
    private DirectWriter() {}

    /** Whether the channel can be written to directly. TLS needs the pipeline. */
    static boolean supports(Channel channel) {
        return channel instanceof EpollSocketChannel epoll
                && epoll.fd() instanceof Socket
                && epoll.pipeline().get(SslHandler.class) == null;
    }

    /**
     * Writes the buffer without changing its indexes.
     *
     * @return bytes at the end of the buffer that the socket did not accept
     */
    static int write(Channel channel, ByteBuf buffer) {
        int length = buffer.readableBytes();
        if (!channel.isActive() || !buffer.hasMemoryAddress()) {
            return length;
        }
        try {
            Socket socket = (Socket) ((EpollSocketChannel) channel).fd();
            return length - socket.sendAddress(buffer.memoryAddress(), buffer.readerIndex(), buffer.writerIndex());
        } catch (IOException broken) {
            // The write through the pipeline fails in the same way and closes the connection.
            return length;
        }
    }
}
