package dev.chatgateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GatewayMetricsTest {
    private final GatewayMetrics metrics = GatewayMetrics.unread();

    @Test
    void outage_is_suspected_from_the_first_verdict() {
        assertThat(gauge("chatgateway.outage.suspected")).isZero();
        metrics.polls().outageSuspected();
        assertThat(gauge("chatgateway.outage.suspected")).isOne();
    }

    @Test
    void only_a_429_counts_as_throttled() {
        for (String status : new String[] {"200", "503", "none", "429"}) {
            metrics.upstream().called("listMessages", status, 1_000);
        }
        assertThat(metrics.registry()
                        .get("chatgateway.upstream.throttled")
                        .counter()
                        .count())
                .isOne();
    }

    /** A 0 would be a certificate that ended in 1970. */
    @Test
    void unused_certificate_has_no_expiry() {
        metrics.certificateEnds("clients", Instant.ofEpochSecond(2_000_000_000L));
        metrics.certificateEnds("clients", Instant.ofEpochSecond(2_100_000_000L));
        assertThat(metrics.registry()
                        .find("chatgateway.certificate.expiry.timestamp.seconds")
                        .gauges())
                .singleElement()
                .satisfies(gauge -> {
                    assertThat(gauge.getId().getTag("what")).isEqualTo("clients");
                    assertThat(gauge.value()).isEqualTo(2_100_000_000.0);
                });
    }

    /** A client that has listed a past may acknowledge it: that is no way that an event took. */
    @Test
    void late_acknowledgement_of_an_old_change_is_not_counted() {
        metrics.fanout().acknowledged(250);
        metrics.fanout().acknowledged(-40);
        metrics.fanout().acknowledged(TimeUnit.DAYS.toMillis(3));
        var acknowledged =
                metrics.registry().get("chatgateway.event.acknowledged").timer();
        assertThat(acknowledged.count()).isEqualTo(2);
        assertThat(acknowledged.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(250);
    }

    private double gauge(String name) {
        return metrics.registry().get(name).gauge().value();
    }
}
