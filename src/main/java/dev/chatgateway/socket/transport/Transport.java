package dev.chatgateway.socket.transport;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import java.nio.ByteBuffer;

/** An open WebSocket, below order and bounds: bytes out, frames in. Owned by the socket's event loop. */
public interface Transport {
    /** Tells that user from now on; called once, in the turn in which the socket was opened. */
    void open(User user);

    /** Writes notifications that others get too; they leave at the end of the loop's turn. */
    void write(FrameBatch run);

    /** Writes one text; it leaves at the end of the loop's turn. */
    void write(Frame frame);

    /** Whether the peer keeps up so far; if not, {@link User#drained} tells when it does again. */
    boolean writable();

    /** Bytes that were written and that the operating system has not taken; somewhat more than their texts'. */
    long waiting();

    /** A WebSocket ping. */
    void ping();

    /** Begins the closing handshake; nothing may be written after it. The peer has a limited time to answer. */
    void close(int code, String reason);

    /** Hands no more frames over until {@link #resume}. */
    void pause();

    /** Hands frames over again. */
    void resume();

    /** What kind of frame it is (RFC 6455 section 5.2); pings and closes are answered below. */
    enum Opcode {
        CONTINUATION,
        TEXT,
        BINARY,
        PONG,
        CONTROL
    }

    /** What is told of what happens. All calls come on the socket's event loop, in its context. */
    interface User {
        /** A frame has come; the data are valid within the call. */
        void frame(Opcode opcode, boolean last, ByteBuffer data);

        /** The peer closes, or has broken the protocol: nothing may be written any more. */
        void closing();

        /** There is room again. */
        void drained();

        /** Not all that was written this turn has left. */
        void behind();

        /** The socket is gone: the code is the first side's that closed, 1006 if none did. */
        void ended(int code);
    }
}
