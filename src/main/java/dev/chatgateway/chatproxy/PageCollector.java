package dev.chatgateway.chatproxy;

import dev.chatgateway.upstream.client.BoundedStream;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.atomic.AtomicLong;

/** Collects pages of listings, as their links are rewritten, within a bound for each and one for all of them. Any thread. */
public final class PageCollector {
    /** A page of 200 messages of 28 KiB fits as long as they are not all at their longest. */
    public static final int PAGE_BYTES = 8 * 1024 * 1024;

    private static final long ALL_BYTES = 256L * 1024 * 1024;

    private final AtomicLong held = new AtomicLong();

    /** Nothing more can be held now. */
    static final class Full extends RuntimeException {
        private static final long serialVersionUID = 1;

        Full() {
            super("pages of listings: more than " + ALL_BYTES + " bytes at once", null, false, false);
        }
    }

    /** A page that counts until it is given up: when its reader has it, or is gone. */
    record Held(Buffer page, Runnable release) {}

    /** Completes with the whole body; fails with {@link BoundedStream.TooLong}, {@link Full} or what broke the stream. */
    Future<Held> collect(BoundedStream body) {
        Promise<Buffer> promise = Promise.promise();
        Buffer page = Buffer.buffer();
        BoundedStream bounded = new BoundedStream(body, PAGE_BYTES);
        bounded.exceptionHandler(promise::tryFail);
        bounded.endHandler(v -> promise.tryComplete(page));
        bounded.handler(chunk -> {
            page.appendBuffer(chunk);
            if (held.addAndGet(chunk.length()) > ALL_BYTES) {
                bounded.pause();
                promise.tryFail(new Full());
            }
        });
        bounded.resume();
        return promise.future()
                .onFailure(none -> held.addAndGet(-page.length()))
                .map(whole -> {
                    int counted = whole.length();
                    return new Held(whole, () -> held.addAndGet(-counted));
                });
    }
}
