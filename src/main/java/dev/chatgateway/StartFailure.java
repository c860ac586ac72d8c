package dev.chatgateway;

import java.nio.file.FileSystemException;
import org.jspecify.annotations.Nullable;

/** Describes in one line why the gateway could not start. */
final class StartFailure {
    private StartFailure() {}

    static String line(@Nullable Throwable cause) {
        for (Throwable t = cause; t != null; t = t.getCause()) {
            if (t instanceof FileSystemException file) {
                return file.getFile() + ": " + (file.getReason() == null ? "not accessible" : file.getReason());
            }
        }
        String message = cause == null ? null : cause.getMessage();
        return message == null
                ? String.valueOf(cause)
                : message.lines().findFirst().orElse(message);
    }
}
