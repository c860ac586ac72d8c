package dev.chatgateway.socket.transport;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.metrics.GatewayMetrics;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketServerExtensionHandler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * permessage-deflate (RFC 7692) without context takeover in either direction, so that one loop needs one deflater and one
 * inflater for all its connections, and what many get is deflated once for them. Answers and small events stay as they
 * are. Owned by one event loop.
 */
public final class Deflate {
    private static final String HEADER = "Sec-WebSocket-Extensions";

    private static final int LEVEL = 6;
    /** What ends a message's data by a flush, and is not sent (section 7.2.1). */
    private static final byte[] TAIL = {0, 0, (byte) 0xff, (byte) 0xff};

    private final GatewayConfig.Compression config;
    private final int inboundLimit;
    private final GatewayMetrics metrics;
    private final Deflater deflater = new Deflater(LEVEL, true);
    private final Inflater inflater = new Inflater(true);
    private final byte[] block = new byte[8192];

    /** @param inboundLimit bytes of a client's message at most, inflated */
    Deflate(GatewayConfig.Compression config, int inboundLimit, GatewayMetrics metrics) {
        this.config = config;
        this.inboundLimit = inboundLimit;
        this.metrics = metrics;
    }

    /** One for a loop; null where nothing is ever deflated. */
    public static @Nullable Deflate of(GatewayConfig.Compression config, int inboundLimit, GatewayMetrics metrics) {
        return config.enabled() ? new Deflate(config, inboundLimit, metrics) : null;
    }

    /** A client's message is longer than it may be. */
    static final class TooLongException extends Exception {
        private static final long serialVersionUID = 1;

        TooLongException(int limit) {
            super("message: inflated to more than " + limit + " bytes", null, false, false);
        }
    }

    /** Vert.x would answer offers itself, with a deflater and an inflater for each connection. */
    public static void instead(HttpConnection connection) {
        if (connection instanceof HttpServerConnection http) {
            ChannelHandlerContext vertx = http.channelHandlerContext();
            if (vertx != null && vertx.pipeline().get(WebSocketServerExtensionHandler.class) != null) {
                vertx.pipeline().remove(WebSocketServerExtensionHandler.class);
            }
        }
    }

    /**
     * Answers a client's offer in the headers of the upgrade.
     *
     * @return whether the connection may have deflated messages
     */
    public static boolean agree(HttpServerRequest request) {
        Optional<DeflateOffer> taken = DeflateOffer.first(request.headers().getAll(HEADER));
        taken.ifPresent(offer -> request.response().putHeader(HEADER, offer.answer()));
        return taken.isPresent();
    }

    /** Whether it pays to deflate something of it. */
    boolean worth(FrameBatch run) {
        return run.receivers() >= config.minReceivers()
                && run.frames().stream().anyMatch(frame -> frame.size() >= config.minBytes());
    }

    /** Writes a notification, deflated if that makes it smaller. */
    void write(Frame frame, ByteBuf into) {
        byte[] packed = frame.size() < config.minBytes() ? null : deflated(frame.bytes());
        if (packed == null || packed.length >= frame.size()) {
            ServerFrames.text(frame, into);
        } else {
            metrics.sockets().deflated(frame.size(), packed.length);
            ServerFrames.deflated(packed, into);
        }
    }

    private byte[] deflated(byte[] text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length / 2 + 16);
        deflater.reset();
        deflater.setInput(text);
        int made;
        do {
            made = deflater.deflate(block, 0, block.length, Deflater.SYNC_FLUSH);
            out.write(block, 0, made);
        } while (made == block.length);
        byte[] all = out.toByteArray();
        return Arrays.copyOf(all, all.length - TAIL.length);
    }

    /**
     * A client's message.
     *
     * @throws DataFormatException if the data are no deflated ones
     * @throws TooLongException as soon as it is known
     */
    ByteBuffer inflated(byte[] data) throws DataFormatException, TooLongException {
        inflater.reset();
        ByteArrayOutputStream out = new ByteArrayOutputStream(data.length * 2);
        inflate(data, out);
        inflate(TAIL, out);
        return ByteBuffer.wrap(out.toByteArray());
    }

    private void inflate(byte[] data, ByteArrayOutputStream out) throws DataFormatException, TooLongException {
        inflater.setInput(data);
        while (!inflater.finished() && !inflater.needsDictionary()) {
            int made = inflater.inflate(block);
            if (made == 0 && inflater.needsInput()) {
                return;
            }
            out.write(block, 0, made);
            if (out.size() > inboundLimit) {
                throw new TooLongException(inboundLimit);
            }
        }
    }

    /** Bytes of a client's message at most, deflated or not. */
    int inboundLimit() {
        return inboundLimit;
    }

    /** Gives native memory back. */
    void close() {
        deflater.end();
        inflater.end();
    }
}
