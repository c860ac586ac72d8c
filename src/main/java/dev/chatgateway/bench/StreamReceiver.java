package dev.chatgateway.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * A stream of Server-Sent Events of one thread, over HTTP/1.1. It reads the bytes of the connection and does not remove
 * the sizes of the chunks, which stand between events, because that would be most of the work. Owned by one event loop.
 */
final class StreamReceiver implements Receiver {
    private static final String END_OF_EVENT = "\n\n";

    private final NetSocket socket;
    private final Promise<Receiver> subscribed = Promise.promise();
    private Consumer<String> events = text -> {};
    private String rest = "";
    private boolean closed;

    private StreamReceiver(NetSocket socket) {
        this.socket = socket;
    }

    /** Opens a stream; completes when the gateway has subscribed it. */
    static Future<Receiver> connect(NetClient client, URI pages, String token, String threadId) {
        int port = pages.getPort() < 0 ? (pages.getScheme().equals("https") ? 443 : 80) : pages.getPort();
        String target = "/threads/" + URLEncoder.encode(threadId, StandardCharsets.UTF_8) + "/events?events=messages";
        return client.connect(port, pages.getHost()).compose(socket -> new StreamReceiver(socket)
                .opened("GET " + target + " HTTP/1.1\r\nHost: " + pages.getRawAuthority() + "\r\nAuthorization: Bearer "
                        + token + "\r\n\r\n"));
    }

    private Future<Receiver> opened(String request) {
        socket.handler(this::received);
        socket.closeHandler(end -> {
            closed = true;
            events = text -> {};
            subscribed.tryFail("the stream has ended");
        });
        socket.write(request);
        return subscribed.future();
    }

    private void received(Buffer bytes) {
        String text = rest.isEmpty() ? bytes.toString() : rest + bytes;
        int from = 0;
        for (int end = text.indexOf(END_OF_EVENT); end >= 0; end = text.indexOf(END_OF_EVENT, from)) {
            event(text.substring(from, end));
            from = end + END_OF_EVENT.length();
        }
        rest = text.substring(from);
        if (!subscribed.future().isComplete() && text.startsWith("HTTP/1.1 ") && !text.startsWith("HTTP/1.1 200")) {
            subscribed.tryFail(text.lines().findFirst().orElse("") + " (expected: 200)");
        }
    }

    private void event(String text) {
        if (subscribed.future().isComplete()) {
            events.accept(text);
        } else if (text.contains("event: subscribed")) {
            subscribed.tryComplete(this);
        }
    }

    @Override
    public void events(Consumer<String> taker) {
        events = taker;
    }

    @Override
    public void stall() {
        socket.pause();
    }

    @Override
    public boolean closed() {
        return closed;
    }

    @Override
    public Future<Void> close() {
        events = text -> {};
        socket.resume();
        return socket.close();
    }
}
