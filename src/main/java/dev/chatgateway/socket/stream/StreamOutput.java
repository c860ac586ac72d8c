package dev.chatgateway.socket.stream;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.socket.transport.ChunkWriter;

/** The HTTP response of a stream. All calls are made on the event loop of the request. */
interface StreamOutput {
    /** Sets the listener. Called once, first. */
    void open(Listener listener);

    /** The client is authenticated. The response is a success from now on, unless {@link #refuse} comes first. */
    void begin();

    /** Writes notifications that other clients get too. */
    void write(FrameBatch batch);

    /** Writes one notification. */
    void write(Frame notification);

    /**
     * Writes the outcome of a subscription, as a notification.
     *
     * @param news whether the client does not know it: it named no cursor, or could not be continued
     */
    void subscribed(Frame notification, boolean news);

    /** Whether the response accepts more output; otherwise {@link Listener#writable} is called when it does. */
    boolean isWritable();

    /** Bytes that were written and that the operating system has not accepted. */
    long pendingBytes();

    /** Writes what keeps a connection open that is silent. */
    void heartbeat();

    /** Responds with an error. Only before {@link #begin}. */
    void refuse(int status, RpcError error);

    /** Ends the response. Only after {@link #begin}. */
    void end(int code, String reason);

    /** Receives the events of the response, on the event loop of the request. */
    interface Listener extends ChunkWriter.Listener {
        /** The client takes part: it has accepted output. */
        void alive();

        /** The response is complete: the stream must {@link #end}. */
        void complete();

        /** Nothing can be written any more. */
        void closed();
    }
}
