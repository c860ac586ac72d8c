package dev.chatgateway.embedded.http;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.Operation;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The published rate limits (docs/service-reference.md, Rate limits) as sliding windows. Each authenticated request counts
 * in all windows of its operation, also when it is refused. Windows use real time: the clock fault must not affect them.
 * Confined to {@code Store#run}.
 */
public final class RateLimits {
    /** Above it the least recently used window is dropped, which errs in the callers' favour. */
    private static final int MAX_WINDOWS = 200_000;

    private static final long TEN_SECONDS = 10_000;
    private static final long HALF_MINUTE = 30_000;
    private static final long MINUTE = 60_000;

    private static final Map<Operation, List<Limit>> LIMITS = limits();

    private final Map<String, SlidingWindow> windows = new LinkedHashMap<>(16, 0.75f, true);

    /** Which calls share a window. */
    private enum Per {
        USER,
        THREAD,
        USER_AND_THREAD,
        RESOURCE
    }

    /** Operations with the same name share a window. */
    private record Limit(String name, Per per, int calls, long windowMs) {
        String key(String user, String subject) {
            String owner =
                    switch (per) {
                        case USER -> user;
                        case THREAD, RESOURCE -> subject;
                        case USER_AND_THREAD -> user + "/" + subject;
                    };
            return name + "/" + per + "/" + windowMs + "/" + owner;
        }
    }

    /**
     * @param subject the thread; for identity operations a variant of the operation with its own window, or empty
     * @throws ApiError 429 with the time until all full windows admit a call again
     */
    void charge(Operation operation, String user, String subject, long now) {
        removeIdle(now);
        long wait = 0;
        for (Limit limit : LIMITS.getOrDefault(operation, List.of())) {
            SlidingWindow window = windows.computeIfAbsent(
                    limit.key(user, subject), k -> new SlidingWindow(limit.calls(), limit.windowMs()));
            wait = Math.max(wait, window.hit(now));
        }
        if (wait > 0) {
            throw ApiError.tooManyRequests(wait);
        }
    }

    /** Windows are in the order of their last use: idle ones come first. */
    private void removeIdle(long now) {
        Iterator<SlidingWindow> eldest = windows.values().iterator();
        while (eldest.hasNext() && (eldest.next().idle(now) || windows.size() > MAX_WINDOWS)) {
            eldest.remove();
        }
    }

    private static Map<Operation, List<Limit>> limits() {
        Map<Operation, List<Limit>> all = new EnumMap<>(Operation.class);
        all.put(Operation.CREATE_THREAD, List.of(new Limit("create", Per.USER, 10, TEN_SECONDS)));
        all.put(Operation.DELETE_THREAD, List.of(new Limit("delete", Per.USER, 10, TEN_SECONDS)));
        all.put(Operation.UPDATE_THREAD, List.of(new Limit("update", Per.THREAD, 5, TEN_SECONDS)));
        List<Limit> roster =
                List.of(new Limit("roster", Per.THREAD, 10, TEN_SECONDS), new Limit("roster", Per.THREAD, 30, MINUTE));
        all.put(Operation.ADD_PARTICIPANTS, roster);
        all.put(Operation.REMOVE_PARTICIPANT, roster);
        List<Limit> threads = List.of(new Limit("threads", Per.USER, 50, TEN_SECONDS));
        all.put(Operation.GET_THREAD, threads);
        all.put(Operation.LIST_THREADS, threads);
        all.put(
                Operation.GET_MESSAGE,
                List.of(
                        new Limit("message", Per.USER_AND_THREAD, 50, TEN_SECONDS),
                        new Limit("message", Per.THREAD, 250, TEN_SECONDS)));
        all.put(
                Operation.LIST_MESSAGES,
                List.of(
                        new Limit("messages", Per.USER_AND_THREAD, 50, TEN_SECONDS),
                        new Limit("messages", Per.USER_AND_THREAD, 200, MINUTE),
                        new Limit("messages", Per.THREAD, 250, TEN_SECONDS),
                        new Limit("messages", Per.THREAD, 400, MINUTE)));
        all.put(
                Operation.LIST_READ_RECEIPTS,
                List.of(
                        new Limit("receipts", Per.USER_AND_THREAD, 5, TEN_SECONDS),
                        new Limit("receipts", Per.THREAD, 100, TEN_SECONDS)));
        all.put(
                Operation.LIST_PARTICIPANTS,
                List.of(
                        new Limit("participants", Per.USER_AND_THREAD, 10, TEN_SECONDS),
                        new Limit("participants", Per.THREAD, 250, TEN_SECONDS)));
        putWrites(all);
        return all;
    }

    private static void putWrites(Map<Operation, List<Limit>> all) {
        List<Limit> writes =
                List.of(new Limit("write", Per.THREAD, 10, TEN_SECONDS), new Limit("write", Per.THREAD, 30, MINUTE));
        all.put(Operation.SEND_MESSAGE, writes);
        all.put(Operation.UPDATE_MESSAGE, writes);
        all.put(Operation.DELETE_MESSAGE, writes);
        all.put(
                Operation.SEND_READ_RECEIPT,
                List.of(
                        new Limit("receipt", Per.USER_AND_THREAD, 10, TEN_SECONDS),
                        new Limit("receipt", Per.USER_AND_THREAD, 30, MINUTE)));
        all.put(
                Operation.SEND_TYPING,
                List.of(
                        new Limit("typing", Per.USER_AND_THREAD, 5, TEN_SECONDS),
                        new Limit("typing", Per.USER_AND_THREAD, 15, MINUTE),
                        new Limit("typing", Per.THREAD, 10, TEN_SECONDS),
                        new Limit("typing", Per.THREAD, 30, MINUTE)));
        all.put(Operation.CREATE_IDENTITY, List.of(new Limit("identity", Per.RESOURCE, 1000, HALF_MINUTE)));
        all.put(Operation.DELETE_IDENTITY, List.of(new Limit("identityDelete", Per.RESOURCE, 500, HALF_MINUTE)));
        all.put(Operation.ISSUE_TOKEN, List.of(new Limit("token", Per.RESOURCE, 1000, HALF_MINUTE)));
        all.put(Operation.REVOKE_TOKENS, List.of(new Limit("revoke", Per.RESOURCE, 500, HALF_MINUTE)));
        all.put(Operation.EXCHANGE_TEAMS_TOKEN, List.of(new Limit("exchange", Per.RESOURCE, 500, HALF_MINUTE)));
    }
}
