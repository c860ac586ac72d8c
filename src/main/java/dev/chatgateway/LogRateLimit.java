package dev.chatgateway;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Limits the number of log lines of one kind per second, so that for example the end of thousands of connections does not
 * fill the log or slow the event loops. One further line says how many were dropped. A kind is a logger and the pattern of
 * its message. Any thread.
 */
final class LogRateLimit extends TurboFilter {
    /** Maximum number of lines of one kind per second. */
    static final int LINES = 100;

    /** Maximum number of kinds. A library that builds messages at run time would create more; those share one kind. */
    private static final int MOST_KINDS = 1_000;

    private static final String SUMMARY = "{} more lines like this were left out: {}";

    private final LongSupplier nanos;
    private final Map<String, Kind> kinds = new ConcurrentHashMap<>();

    LogRateLimit() {
        this(System::nanoTime);
    }

    /** @param nanos a monotonic clock */
    LogRateLimit(LongSupplier nanos) {
        this.nanos = nanos;
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] params,
            @Nullable Throwable cause) {
        if (format == null || format.equals(SUMMARY) || !level.isGreaterOrEqual(logger.getEffectiveLevel())) {
            return FilterReply.NEUTRAL;
        }
        Kind kind = kind(logger.getName() + '|' + format);
        if (kind.take(TimeUnit.NANOSECONDS.toSeconds(nanos.getAsLong()))) {
            return FilterReply.NEUTRAL;
        }
        if (kind.leaveOut() && getContext() instanceof LoggerContext context) {
            context.getScheduledExecutorService()
                    .schedule(() -> tell(logger, level, format, kind), 1, TimeUnit.SECONDS);
        }
        return FilterReply.DENY;
    }

    private static void tell(Logger logger, Level level, String format, Kind kind) {
        logger.log(null, Logger.FQCN, Level.toLocationAwareLoggerInteger(level), SUMMARY, told(kind, format), null);
    }

    private static Object[] told(Kind kind, String format) {
        return new Object[] {kind.told(), format};
    }

    private Kind kind(String name) {
        Kind known = kinds.get(name);
        return known != null ? known : kinds.computeIfAbsent(kinds.size() < MOST_KINDS ? name : "", key -> new Kind());
    }

    /** One kind of line. */
    private static final class Kind {
        private long second;
        private int lines;
        private long leftOut;

        synchronized boolean take(long now) {
            if (now != second) {
                second = now;
                lines = 0;
            }
            if (lines == LINES) {
                return false;
            }
            lines++;
            return true;
        }

        /** Whether this is the first dropped line since the last report. */
        synchronized boolean leaveOut() {
            return leftOut++ == 0;
        }

        synchronized long told() {
            long all = leftOut;
            leftOut = 0;
            return all;
        }
    }
}
