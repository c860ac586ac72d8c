package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A flood of lines of one kind is cut, and counted. */
class LogRateLimitTest {
    private final LoggerContext context = new LoggerContext();
    private final Logger logger = context.getLogger("dev.chatgateway.Some");
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final AtomicLong nanos = new AtomicLong();

    @BeforeEach
    void start() {
        LogRateLimit flood = new LogRateLimit(nanos::get);
        flood.setContext(context);
        flood.start();
        context.addTurboFilter(flood);
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                lines.add(event.getFormattedMessage());
            }
        };
        appender.setContext(context);
        appender.start();
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(appender);
        logger.setLevel(Level.INFO);
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @Test
    void excess_lines_of_one_kind_are_dropped_and_counted() {
        for (int i = 0; i < LogRateLimit.LINES + 23; i++) {
            logger.info("connection {} ended", i);
        }
        logger.warn("something else {}", 1);
        assertThat(lines)
                .hasSize(LogRateLimit.LINES + 1)
                .contains("something else 1")
                .doesNotContain("connection 100 ended");
        Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(lines)
                .contains("23 more lines like this were left out: connection {} ended"));
    }

    @Test
    void next_second_has_room_again() {
        for (int i = 0; i < LogRateLimit.LINES; i++) {
            logger.info("a {}", i);
        }
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        logger.info("a {}", "later");
        assertThat(lines).hasSize(LogRateLimit.LINES + 1).endsWith("a later");
    }

    @Test
    void lines_below_the_level_are_not_counted() {
        for (int i = 0; i < LogRateLimit.LINES * 2; i++) {
            logger.debug("b {}", i);
        }
        logger.setLevel(Level.DEBUG);
        logger.debug("b {}", "now");
        assertThat(lines).containsExactly("b now");
    }
}
