package dev.chatgateway.chatproxy;

import dev.chatgateway.upstream.client.BoundedStream;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Buffers listing pages, whose links are rewritten, within a limit for each page and one for all pages. Thread-safe.
 */
public final class PageCollector {
    /** A page of 200 messages of 28 KiB fits, unless all have the maximum length. */
    public static final int PAGE_BYTES = 8 * 1024 * 1024;

    private static final long MAX_TOTAL_BYTES = 256L * 1024 * 1024;

    private final AtomicLong held = new AtomicLong();

    /** The limit for all pages is reached. */
    static final class Full extends RuntimeException {
        private static final long serialVersionUID = 1;

        Full() {
            super("pages of listings: more than " + MAX_TOTAL_BYTES + " bytes at once", null, false, false);
        }
    }

    /** A page that counts for the limit until it is released, when its client has received it or has disconnected. */
    record Held(Buffer page, Runnable release) {}

    /** Buffers the whole body. Fails with {@link BoundedStream.TooLong}, {@link Full} or the failure of the stream. */
    Future<Held> collect(BoundedStream body) {
        Promise<Buffer> promise = Promise.promise();
        Buffer page = Buffer.buffer();
        BoundedStream stream = new BoundedStream(body, PAGE_BYTES);
        stream.exceptionHandler(promise::tryFail);
        stream.endHandler(v -> promise.tryComplete(page));
        stream.handler(chunk -> {
            page.appendBuffer(chunk);
            if (held.addAndGet(chunk.length()) > MAX_TOTAL_BYTES) {
                stream.pause();
                promise.tryFail(new Full());
            }
        });
        stream.resume();
        return promise.future()
                .onFailure(none -> held.addAndGet(-page.length()))
                .map(whole -> {
                    int length = whole.length();
                    return new Held(whole, () -> held.addAndGet(-length));
                });
    }
}
