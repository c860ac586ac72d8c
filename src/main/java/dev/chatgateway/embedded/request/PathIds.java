package dev.chatgateway.embedded.request;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Refuses malformed thread and message ids of a path. */
public final class PathIds {
    private static final Pattern THREAD = Pattern.compile("19:[\\w-]{1,128}@thread\\.v2");

    private PathIds() {}

    /** @throws ApiError 400 */
    public static void check(Operation.Target target) {
        if (target.operation().scope() == null) {
            return;
        }
        checkThread(target.thread());
        checkMessage(target.item());
    }

    private static void checkThread(@Nullable String thread) {
        if (thread != null && !THREAD.matcher(thread).matches()) {
            throw ApiError.malformedThreadId();
        }
    }

    private static void checkMessage(@Nullable String message) {
        if (message != null && MessageIds.parse(message) < 0) {
            throw ApiError.badRequest("Value for MessageId (" + Text.shown(message) + ") is not valid.");
        }
    }
}
