package dev.chatgateway.poll.schedule;

import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Decides when subscribers are told that a thread's events have become late, or timely again. Poller's context. */
public final class FreshnessWatch {
    /** The second failure in a row makes events late. */
    private static final int LATE_FAILURES = 2;
    /** While events are late, subscribers are told again when events may be so many times as old as they were told. */
    private static final int WORSE = 2;

    private final PollInterval interval;
    private final LongSupplier listStalenessMs;
    private Freshness.Source source = Freshness.Source.POLL;
    private long announcedMs;

    /** @param listStalenessMs how old a new message may be when a thread list covers the thread; asked each time */
    public FreshnessWatch(PollInterval interval, LongSupplier listStalenessMs) {
        this.interval = interval;
        this.listStalenessMs = listStalenessMs;
    }

    /** How current events are now. */
    public Freshness now(long now) {
        long maxStalenessMs =
                switch (source) {
                    case DIGEST -> listStalenessMs.getAsLong();
                    case PUSH -> interval.pushStalenessMs();
                    case DEGRADED -> interval.stalenessMs() + Math.max(interval.lateBy(now), heldFor(now));
                    case POLL -> interval.stalenessMs();
                };
        return new Freshness(source, maxStalenessMs);
    }

    /**
     * After a poll, or when a thread list begins or ceases to cover the thread: what subscribers are to be told, if
     * anything.
     *
     * @param covered whether a thread list covers the thread
     * @param unordered whether the service may not list the thread by version
     */
    public Optional<Notice.FreshnessChanged> change(
            long now, boolean covered, @Nullable ChatServiceException failure, boolean unordered) {
        boolean late = unordered || interval.failures() >= LATE_FAILURES || interval.lateBy(now) > 0;
        Freshness.Source next = late ? Freshness.Source.DEGRADED : covered ? Freshness.Source.DIGEST : pollOrPush();
        boolean worse = next == Freshness.Source.DEGRADED && now(now).maxStalenessMs() > WORSE * announcedMs;
        if (next == source && !worse) {
            return Optional.empty();
        }
        Freshness.Source before = source;
        source = next;
        announcedMs = now(now).maxStalenessMs();
        return Optional.of(new Notice.FreshnessChanged(now(now), reason(before, failure)));
    }

    /**
     * Takes over what the leader says; what subscribers on this node are to be told, if anything.
     *
     * @param reason null if the leader did not give one
     */
    public Optional<Notice.FreshnessChanged> mirror(Freshness leader, @Nullable String reason) {
        boolean worse = leader.source() == Freshness.Source.DEGRADED && leader.maxStalenessMs() > WORSE * announcedMs;
        if (leader.source() == source && !worse) {
            return Optional.empty();
        }
        Freshness.Source before = source;
        source = leader.source();
        announcedMs = leader.maxStalenessMs();
        return Optional.of(new Notice.FreshnessChanged(leader, reason == null ? reason(before, null) : reason));
    }

    /** Whether this is the source that subscribers were told last. */
    public boolean announced(Freshness.Source candidate) {
        return source == candidate;
    }

    /** A thread list was announced before the thread became idle. */
    public void restoreListCoverage() {
        source = Freshness.Source.DIGEST;
    }

    private Freshness.Source pollOrPush() {
        return interval.trustsPushes() ? Freshness.Source.PUSH : Freshness.Source.POLL;
    }

    private long heldFor(long now) {
        return Math.max(0, interval.heldUntil() - now);
    }

    private String reason(Freshness.Source before, @Nullable ChatServiceException failure) {
        return switch (source) {
            case DEGRADED -> degradedReason(failure);
            case DIGEST, PUSH, POLL -> before == Freshness.Source.DEGRADED ? "recovered" : timelyReason();
        };
    }

    private String timelyReason() {
        return switch (source) {
            case DIGEST -> "quiet";
            case PUSH -> "pushed";
            case POLL, DEGRADED -> "active";
        };
    }

    private static String degradedReason(@Nullable ChatServiceException failure) {
        if (failure == null || failure.kind() == Kind.THROTTLED) {
            return "throttled";
        }
        return failure.kind() == Kind.REFUSED ? "refused" : "unavailable";
    }
}
