package dev.chatgateway.upstream.membership;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;

/**
 * Limits how often all non-members of a thread together may try to read its history: a small part of what its members
 * share. Any thread.
 */
final class NonMemberLimiter {
    static final String WORDS = "5 readings in 10 s per thread by users who do not take part in it";

    private static final int CALLS = 5;
    private static final long WINDOW_MS = 10_000;

    /** Threads with a window. One that is evicted starts a new window, which errs in the callers' favour. */
    private static final int MAX_THREADS = 10_000;

    private final Cache<String, Window> windows;

    private record Window(long startedAt, int calls) {}

    NonMemberLimiter(Ticker ticker) {
        windows = Caffeine.newBuilder()
                .ticker(ticker)
                .executor(Runnable::run)
                .maximumSize(MAX_THREADS)
                .expireAfter(Expiry.<String, Window>creating((threadId, window) -> Duration.ofMillis(WINDOW_MS)))
                .build();
    }

    /**
     * Counts a call.
     *
     * @return milliseconds until a call would be admitted; 0 if this one is
     */
    long admit(String threadId, long now) {
        Window window = windows.asMap()
                .merge(threadId, new Window(now, 1), (old, one) -> new Window(old.startedAt, old.calls + 1));
        return window.calls <= CALLS ? 0 : Math.max(1, window.startedAt + WINDOW_MS - now);
    }
}
