package dev.chatgateway.upstream.client;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * A body that is passed on, with a bound: beyond it the stream fails with {@link TooLong}. Owned by the context of its
 * source.
 */
public final class BoundedStream implements ReadStream<Buffer> {
    private final ReadStream<Buffer> source;
    private final long limit;
    private @Nullable Handler<Throwable> failureHandler;
    private Runnable onEnd = () -> {};
    private boolean ended;
    private long total;

    /** @param limit bytes at most */
    public BoundedStream(ReadStream<Buffer> source, long limit) {
        this.source = source;
        this.limit = limit;
    }

    /** The body is longer than the bound. */
    public static final class TooLong extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooLong(long limit) {
            super("body longer than " + limit + " bytes", null, false, false);
        }
    }

    /** Whether the source has ended. */
    public boolean ended() {
        return ended;
    }

    /** Runs a task when the source has ended. */
    public BoundedStream whenEnded(Runnable task) {
        onEnd = task;
        return this;
    }

    @Override
    public BoundedStream handler(@Nullable Handler<Buffer> handler) {
        source.handler(handler == null ? null : chunk -> pass(chunk, handler));
        return this;
    }

    private void pass(Buffer chunk, Handler<Buffer> handler) {
        total += chunk.length();
        if (total > limit) {
            source.pause();
            if (failureHandler != null) {
                failureHandler.handle(new TooLong(limit));
            }
            return;
        }
        handler.handle(chunk);
    }

    @Override
    public BoundedStream exceptionHandler(@Nullable Handler<Throwable> handler) {
        failureHandler = handler;
        source.exceptionHandler(handler);
        return this;
    }

    @Override
    public BoundedStream endHandler(@Nullable Handler<Void> handler) {
        if (handler != null) {
            source.endHandler(v -> {
                ended = true;
                onEnd.run();
                handler.handle(null);
            });
        } else {
            source.endHandler(null);
        }
        return this;
    }

    @Override
    public BoundedStream pause() {
        source.pause();
        return this;
    }

    @Override
    public BoundedStream resume() {
        source.resume();
        return this;
    }

    @Override
    public BoundedStream fetch(long amount) {
        source.fetch(amount);
        return this;
    }
}
