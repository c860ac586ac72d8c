package dev.chatgateway.socket.transport;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import java.nio.ByteBuffer;

/**
 * An open WebSocket connection: writes bytes, delivers frames. It neither orders nor bounds what is written. Owned by
 * the event loop of the socket.
 */
public interface Transport {
    /** Sets the listener. Called once, in the same event loop task in which the socket was opened. */
    void open(Listener listener);

    /** Writes notifications that other sockets get too. They are flushed at the end of the event loop task. */
    void write(FrameBatch batch);

    /** Writes one text frame. It is flushed at the end of the event loop task. */
    void write(Frame frame);

    /**
     * Whether the write buffer is below its high water mark. If not, {@link Listener#writable} is called when it has
     * drained.
     */
    boolean isWritable();

    /** Bytes that were written and that the operating system has not accepted, frame headers included. */
    long pendingBytes();

    /** Writes a ping frame. */
    void ping();

    /** Begins the closing handshake. Nothing may be written after it. The peer has a limited time to answer. */
    void close(int code, String reason);

    /** Delivers no more frames until {@link #resume}. */
    void pause();

    /** Delivers frames again. */
    void resume();

    /**
     * The kind of a frame (RFC 6455 section 5.2). Pings and closes are answered by the transport and are reported as
     * {@code CONTROL}.
     */
    enum Opcode {
        CONTINUATION,
        TEXT,
        BINARY,
        PONG,
        CONTROL
    }

    /** Receives the events of the socket. All calls come on the event loop of the socket, in its context. */
    interface Listener {
        /** A frame was received. The data are valid during the call only. */
        void frameReceived(Opcode opcode, boolean last, ByteBuffer data);

        /** The peer has sent a close frame, or has broken the protocol. Nothing may be written any more. */
        void closeStarted();

        /** The write buffer has drained. */
        void writable();

        /** The operating system did not accept all that was written in this event loop task. */
        void backlogged();

        /**
         * The socket is closed.
         *
         * @param code close code of the side that closed first; 1006 if neither sent a close frame
         */
        void closed(int code);
    }
}
