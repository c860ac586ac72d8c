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
 * permessage-deflate (RFC 7692) without context takeover in either direction. So one deflater and one inflater serve
 * all connections of an event loop, and a batch for many receivers is deflated once. Replies and small events are sent
 * uncompressed. Owned by one event loop.
 */
public final class Deflate {
    private static final String HEADER = "Sec-WebSocket-Extensions";

    private static final int LEVEL = 6;
    /** A sync flush ends with these bytes, which are not sent (RFC 7692 section 7.2.1). */
    private static final byte[] FLUSH_TAIL = {0, 0, (byte) 0xff, (byte) 0xff};

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

    /** Creates the instance for one event loop; null if compression is off. */
    public static @Nullable Deflate of(GatewayConfig.Compression config, int inboundLimit, GatewayMetrics metrics) {
        return config.enabled() ? new Deflate(config, inboundLimit, metrics) : null;
    }

    /** An inflated message exceeds the limit. */
    static final class TooLongException extends Exception {
        private static final long serialVersionUID = 1;

        TooLongException(int limit) {
            super("message: inflated to more than " + limit + " bytes", null, false, false);
        }
    }

    /** Removes the extension handler of Vert.x, which would use a deflater and an inflater for each connection. */
    public static void removeVertxExtensions(HttpConnection connection) {
        if (connection instanceof HttpServerConnection http) {
            ChannelHandlerContext vertx = http.channelHandlerContext();
            if (vertx != null && vertx.pipeline().get(WebSocketServerExtensionHandler.class) != null) {
                vertx.pipeline().remove(WebSocketServerExtensionHandler.class);
            }
        }
    }

    /**
     * Accepts an offer of permessage-deflate in the headers of the upgrade response.
     *
     * @return whether messages may be deflated
     */
    public static boolean negotiate(HttpServerRequest request) {
        Optional<DeflateOffer> accepted = DeflateOffer.first(request.headers().getAll(HEADER));
        accepted.ifPresent(offer -> request.response().putHeader(HEADER, offer.responseHeader()));
        return accepted.isPresent();
    }

    /** Whether the batch has enough receivers and a frame that is long enough. */
    boolean isWorthwhile(FrameBatch batch) {
        return batch.receivers() >= config.minReceivers()
                && batch.frames().stream().anyMatch(frame -> frame.size() >= config.minBytes());
    }

    /** Writes a text frame, deflated if that makes it smaller. */
    void write(Frame frame, ByteBuf into) {
        byte[] compressed = frame.size() < config.minBytes() ? null : deflated(frame.bytes());
        if (compressed == null || compressed.length >= frame.size()) {
            ServerFrames.text(frame, into);
        } else {
            metrics.sockets().deflated(frame.size(), compressed.length);
            ServerFrames.deflated(compressed, into);
        }
    }

    private byte[] deflated(byte[] text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length / 2 + 16);
        deflater.reset();
        deflater.setInput(text);
        int count;
        do {
            count = deflater.deflate(block, 0, block.length, Deflater.SYNC_FLUSH);
            out.write(block, 0, count);
        } while (count == block.length);
        byte[] all = out.toByteArray();
        return Arrays.copyOf(all, all.length - FLUSH_TAIL.length);
    }

    /**
     * Inflates a client's message.
     *
     * @throws DataFormatException if the data are not in the deflate format
     * @throws TooLongException as soon as the output exceeds the limit
     */
    ByteBuffer inflate(byte[] data) throws DataFormatException, TooLongException {
        inflater.reset();
        ByteArrayOutputStream out = new ByteArrayOutputStream(data.length * 2);
        inflate(data, out);
        inflate(FLUSH_TAIL, out);
        return ByteBuffer.wrap(out.toByteArray());
    }

    private void inflate(byte[] data, ByteArrayOutputStream out) throws DataFormatException, TooLongException {
        inflater.setInput(data);
        while (!inflater.finished() && !inflater.needsDictionary()) {
            int count = inflater.inflate(block);
            if (count == 0 && inflater.needsInput()) {
                return;
            }
            out.write(block, 0, count);
            if (out.size() > inboundLimit) {
                throw new TooLongException(inboundLimit);
            }
        }
    }

    /** Bytes of a client's message at most, both deflated and inflated. */
    int inboundLimit() {
        return inboundLimit;
    }

    /** Frees the native memory of both compressors. */
    void close() {
        deflater.end();
        inflater.end();
    }
}
