package dev.chatgateway.tracing;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** OpenTelemetry's own logger, which would write to standard error past the gateway's log. */
final class LibraryLog implements AutoCloseable {
    /** Held in a field: loggers that nobody refers to lose their level. */
    private final Logger logger = Logger.getLogger("io.opentelemetry");

    private final @Nullable Level before = logger.getLevel();

    private LibraryLog() {
        logger.setLevel(Level.OFF);
    }

    static LibraryLog silent() {
        return new LibraryLog();
    }

    @Override
    public void close() {
        logger.setLevel(before);
    }
}
