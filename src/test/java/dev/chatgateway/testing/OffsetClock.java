package dev.chatgateway.testing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;

/** The time of the system and what a test adds to it, so that schedules go on meanwhile. Any thread. */
public final class OffsetClock extends Clock {
    private final AtomicLong offsetMs = new AtomicLong();

    /** Lets time pass. */
    public void advance(Duration time) {
        offsetMs.addAndGet(time.toMillis());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }

    @Override
    public Instant instant() {
        return Instant.now().plusMillis(offsetMs.get());
    }
}
