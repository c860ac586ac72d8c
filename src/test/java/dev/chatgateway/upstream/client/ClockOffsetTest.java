package dev.chatgateway.upstream.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.metrics.GatewayMetrics;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class ClockOffsetTest {
    private final GatewayMetrics metrics = GatewayMetrics.unread();
    private final ClockOffset offset =
            new ClockOffset(Clock.fixed(Instant.parse("2026-11-23T10:00:00.500Z"), ZoneOffset.UTC), metrics.upstream());

    @Test
    void a_date_of_this_second_is_no_offset() {
        assertThat(told()).isNaN();

        offset.update("Mon, 23 Nov 2026 10:00:00 GMT");

        assertThat(told()).isZero();
    }

    @Test
    void a_clock_that_is_wrong_shows() {
        offset.update("Mon, 23 Nov 2026 10:01:30 GMT");

        assertThat(told()).isEqualTo(90);
    }

    @Test
    void few_dates_are_used() {
        offset.update("Mon, 23 Nov 2026 10:01:30 GMT");
        offset.update("Mon, 23 Nov 2026 10:00:00 GMT");

        assertThat(told()).isEqualTo(90);
    }

    @Test
    void unreadable_date_is_ignored() {
        offset.update(null);
        offset.update("yesterday");

        assertThat(told()).isNaN();
    }

    @Test
    void date_more_than_a_day_off_is_shown_but_not_used() {
        offset.update("Fri, 31 Dec 9999 23:59:59 GMT");

        assertThat(told()).isGreaterThan(86_400);
        assertThat(offset.lastMs()).isZero();
    }

    private double told() {
        return metrics.registry()
                .get("chatgateway.upstream.clock.offset.seconds")
                .gauge()
                .value();
    }
}
