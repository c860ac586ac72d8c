package dev.chatgateway.poll.schedule;

import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Says when a thread's events have become late, and when they are timely again. */
public final class FreshnessWatch {
    /** One failure happens; the second in a row makes events late. */
    private static final int LATE_FAILURES = 2;

    /** While events are late, subscribers are told again when they may be so many times as late. */
    private static final int WORSE = 2;

    private final PollInterval pace;
    private final LongSupplier digestMs;
    private Freshness.Source source = Freshness.Source.POLL;
    private long toldMs;

    /** @param digestMs how old a new message may be when a digest watches the thread; asked each time */
    public FreshnessWatch(PollInterval pace, LongSupplier digestMs) {
        this.pace = pace;
        this.digestMs = digestMs;
    }

    /** How current events are now. */
    public Freshness now(long now) {
        return switch (source) {
            case DIGEST -> new Freshness(source, digestMs.getAsLong());
            case PUSH -> new Freshness(source, pace.pushStaleness());
            case DEGRADED -> new Freshness(source, pace.staleness() + Math.max(pace.lateBy(now), heldFor(now)));
            default -> new Freshness(source, pace.staleness());
        };
    }

    /**
     * After a round, or when a digest begins or ceases to watch: what subscribers must be told, if anything.
     *
     * @param doubted whether the service may not list the thread by version
     */
    public Optional<Notice.FreshnessChanged> change(
            long now, boolean digest, @Nullable ChatServiceException failure, boolean doubted) {
        boolean late = doubted || pace.failures() >= LATE_FAILURES || pace.lateBy(now) > 0;
        Freshness.Source next = late ? Freshness.Source.DEGRADED : digest ? Freshness.Source.DIGEST : byItself();
        boolean worse = next == Freshness.Source.DEGRADED && now(now).maxStalenessMs() > WORSE * toldMs;
        if (next == source && !worse) {
            return Optional.empty();
        }
        Freshness.Source before = source;
        source = next;
        toldMs = now(now).maxStalenessMs();
        return Optional.of(new Notice.FreshnessChanged(now(now), reason(before, failure)));
    }

    /**
     * What the node says that reads the thread; what subscribers must be told, if anything.
     *
     * @param why null if it did not say
     */
    public Optional<Notice.FreshnessChanged> mirror(Freshness told, @Nullable String why) {
        boolean worse = told.source() == Freshness.Source.DEGRADED && told.maxStalenessMs() > WORSE * toldMs;
        if (told.source() == source && !worse) {
            return Optional.empty();
        }
        Freshness.Source before = source;
        source = told.source();
        toldMs = told.maxStalenessMs();
        return Optional.of(new Notice.FreshnessChanged(told, why == null ? reason(before, null) : why));
    }

    public boolean saidDigest() {
        return says(Freshness.Source.DIGEST);
    }

    /** Whether that is what subscribers were told last. */
    public boolean says(Freshness.Source told) {
        return source == told;
    }

    /** A digest was named before. */
    public void resumed() {
        source = Freshness.Source.DIGEST;
    }

    private Freshness.Source byItself() {
        return pace.pushed() ? Freshness.Source.PUSH : Freshness.Source.POLL;
    }

    private long heldFor(long now) {
        return Math.max(0, pace.heldUntil() - now);
    }

    private String reason(Freshness.Source before, @Nullable ChatServiceException failure) {
        if (source != Freshness.Source.DEGRADED) {
            return before == Freshness.Source.DEGRADED
                    ? "recovered"
                    : source == Freshness.Source.DIGEST
                            ? "quiet"
                            : source == Freshness.Source.PUSH ? "pushed" : "active";
        }
        if (failure == null) {
            return "throttled";
        }
        return failure.kind() == Kind.THROTTLED
                ? "throttled"
                : failure.kind() == Kind.REFUSED ? "refused" : "unavailable";
    }
}
