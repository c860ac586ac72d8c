package dev.chatgateway.config;

import java.io.IOException;
import java.net.BindException;
import org.jspecify.annotations.Nullable;

/** Describes why a listener could not be opened: the key of its address, the environment variable, and what to do. */
public final class ListenFailure {
    private ListenFailure() {}

    /**
     * One line for people.
     *
     * @param key the port's key, such as {@code http.port}
     */
    public static IOException of(String key, String host, int port, Throwable cause) {
        String shown = (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
        String where = key + " (" + Environment.variable(key) + "): " + shown;
        return new IOException(
                inUse(cause)
                        ? where + " is in use (expected: a free port, or 0 for any)"
                        : where + " cannot be opened: " + cause.getMessage(),
                cause);
    }

    /** Netty's native transports throw exceptions of their own, so the message is compared. */
    private static boolean inUse(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (message.contains("Address already in use") || message.contains("EADDRINUSE")) {
                return true;
            }
        }
        return failure instanceof BindException && failure.getMessage() == null;
    }
}
