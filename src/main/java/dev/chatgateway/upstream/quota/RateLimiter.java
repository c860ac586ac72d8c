package dev.chatgateway.upstream.quota;

import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.RetryPolicy;
import dev.chatgateway.upstream.quota.RateKeys.KeyedRule;
import dev.chatgateway.upstream.quota.RateKeys.ScopeKey;
import dev.chatgateway.upstream.quota.RateWindows.Rule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Counts calls as the chat service counts them; each call needs a permit before it is sent. Half of each window is kept
 * for interactive calls, and the less urgent a poll is, the less of the other half it may use.
 *
 * <p>Pure: the caller brings the time. Called from all event loops; guarded by one lock, which is held for microseconds.
 */
public final class RateLimiter {
    /** Added to each window for calls whose answer was lost, in milliseconds. */
    public static final long MARGIN_MS = 200;

    /** About 150 bytes each. When all are in use, calls of further users and threads are refused. */
    public static final int MAX_SCOPES = 1_000_000;

    private static final long FULL_RETRY_MS = 1_000;

    /** One of so many admissions records the remaining quota: that costs as much as the admission itself. */
    private static final int SAMPLE = 8;

    private final RateKeys keys;
    private final int marginMs;
    private final int maxScopes;
    private final QuotaShares shares;

    /** Guarded by this. */
    private final CallWindows scopes;

    /** Guarded by this. */
    private final RemainingQuota remaining = new RemainingQuota();

    private int admissions;

    /** With the default margin. */
    public RateLimiter(RateWindows windows) {
        this(windows, MARGIN_MS);
    }

    public RateLimiter(RateWindows windows, long marginMs) {
        this(windows, marginMs, MAX_SCOPES);
    }

    /** @param marginMs added to each window, for delays of the network that no answer has shown */
    public RateLimiter(RateWindows windows, long marginMs, int maxScopes) {
        this(windows, marginMs, maxScopes, new QuotaShares(() -> 0));
    }

    /** @param shares divides the windows of threads between the nodes of a cluster */
    public RateLimiter(RateWindows windows, long marginMs, QuotaShares shares) {
        this(windows, marginMs, MAX_SCOPES, shares);
    }

    private RateLimiter(RateWindows windows, long marginMs, int maxScopes, QuotaShares shares) {
        this.keys = new RateKeys(windows);
        this.marginMs = Math.toIntExact(marginMs);
        this.maxScopes = maxScopes;
        this.shares = shares;
        this.scopes = new CallWindows(this.marginMs);
    }

    /** The decision about a call. */
    public sealed interface Admission {
        /** The call may be sent after so many milliseconds, 0 for at once. The permit must be ended. */
        record Granted(Permit permit, long waitMs) implements Admission {}

        /**
         * The call may not be sent now.
         *
         * @param retryAfterMs when it may fit, in milliseconds
         * @param limit which limit, in words
         * @param full whether it is the gateway's own bound for scopes
         */
        record Refused(long retryAfterMs, String limit, boolean full) implements Admission {}
    }

    /** A call that is counted; ends with exactly one {@link #end}. */
    public static final class Permit {
        private final List<ScopeKey> keys;
        private final List<CallWindow> charged;
        private final boolean proven;
        private final List<KeyedRule> claimed;
        private final boolean background;
        private final long sentAt;

        private Permit(
                List<ScopeKey> keys,
                List<CallWindow> charged,
                boolean proven,
                List<KeyedRule> claimed,
                boolean background,
                long sentAt) {
            this.keys = keys;
            this.charged = charged;
            this.proven = proven;
            this.claimed = claimed;
            this.background = background;
            this.sentAt = sentAt;
        }
    }

    /**
     * Admits a call if it fits now or, for interactive calls, within {@code maxWaitMs}.
     *
     * @param now monotonic milliseconds
     */
    public synchronized Admission admit(ChatCall call, long now, long maxWaitMs) {
        return admit(AdmissionRequest.of(call), now, maxWaitMs);
    }

    /** The same for any call. An unproven token charges its address alone, if the claimed user's windows have room too. */
    public synchronized Admission admit(AdmissionRequest request, long now, long maxWaitMs) {
        scopes.sweep(now);
        List<KeyedRule> claimed = keys.of(request.operation(), request.userId(), request.threadId());
        String address = request.address();
        List<KeyedRule> charging = address == null ? claimed : keys.ofAddress(address);
        // Plain loops: they are most of the cost of an admission, and it runs under the lock.
        List<ScopeKey> chargedKeys = new ArrayList<>(charging.size());
        for (KeyedRule keyed : charging) {
            chargedKeys.add(keyed.key());
        }
        if (scopes.size() + chargedKeys.size() > maxScopes && !scopes.haveAll(chargedKeys)) {
            return new Admission.Refused(
                    FULL_RETRY_MS, "the gateway keeps count of " + maxScopes + " scopes at most", true);
        }
        List<CallWindow> charged = new ArrayList<>(charging.size());
        for (KeyedRule keyed : charging) {
            charged.add(scopes.of(keyed));
        }
        List<CallWindow> checked = charged;
        if (address != null) {
            checked = Stream.concat(charged.stream(), claimed.stream().map(keyed -> scopes.get(keyed.key())))
                    .filter(Objects::nonNull)
                    .toList();
        }
        long earliest = now;
        @Nullable CallWindow tightest = null;
        double part = shares.part(request.threadId());
        for (CallWindow scope : checked) {
            long fits = scope.earliest(now, request.share(scope.rule()), part);
            if (fits > earliest) {
                earliest = fits;
                tightest = scope;
            }
        }
        long wait = earliest == CallWindow.NEVER ? Long.MAX_VALUE : earliest - now;
        if (wait > maxWaitMs) {
            Rule rule = Objects.requireNonNull(tightest).rule();
            remaining.record(rule.limit(), request.priority().waited() ? 0 : tightest.left(now, part), now);
            return new Admission.Refused(earliest == CallWindow.NEVER ? shortest(rule) : wait, rule.words(), false);
        }
        boolean background = request.background();
        for (CallWindow scope : charged) {
            scope.open(background, earliest);
        }
        sample(charged, tightest, part, now);
        return new Admission.Granted(
                new Permit(chargedKeys, charged, address == null, claimed, background, earliest), wait);
    }

    /**
     * Milliseconds until such a call would be admitted, 0 for now; an estimate for schedules that counts nothing.
     *
     * @param now monotonic milliseconds
     */
    public synchronized long earliestMs(
            ChatOperation operation, String userId, @Nullable String threadId, Priority priority, long now) {
        long earliest = now;
        for (KeyedRule keyed : keys.of(operation, userId, threadId)) {
            CallWindow scope = scopes.get(keyed.key());
            if (scope != null) {
                long fits = scope.earliest(now, priority.share(), shares.part(threadId));
                earliest = Math.max(earliest, fits == CallWindow.NEVER ? now + shortest(scope.rule()) : fits);
            }
        }
        return earliest - now;
    }

    /** A call with a permit has ended. */
    public synchronized void end(Permit permit, CallEnd end, long now) {
        if (end instanceof CallEnd.Completed completed) {
            complete(permit, completed.accepted(), now);
        } else if (end instanceof CallEnd.NotCounted || (end instanceof CallEnd.TokenRejected && permit.proven)) {
            cancel(permit);
        } else if (end instanceof CallEnd.TokenRejected) {
            // No user was charged, but an address that tries tokens is.
            complete(permit, false, now);
        } else if (end instanceof CallEnd.Throttled throttled) {
            throttle(permit, throttled.pauseMs(), now);
        }
    }

    private void complete(Permit permit, boolean accepted, long now) {
        if (accepted && !permit.proven) {
            // The token belongs to the user that it names: the user is charged, and not the address.
            cancel(permit);
            permit.claimed.stream()
                    .filter(keyed -> scopes.size() < maxScopes || scopes.has(keyed.key()))
                    .map(scopes::of)
                    .forEach(scope -> scope.count(permit.background, now));
            return;
        }
        for (CallWindow scope : permit.charged) {
            scope.complete(permit.background, now);
            if (accepted) {
                scope.succeeded(now);
            }
        }
    }

    private static void cancel(Permit permit) {
        permit.charged.forEach(scope -> scope.cancel(permit.background));
    }

    /**
     * Pauses the scope that caused a 429, and uses less of it for a while. The cause is the narrowest scope; a scope that
     * users share only when two of them meet 429s in it.
     */
    private void throttle(Permit permit, long pauseMs, long now) {
        complete(permit, false, now);
        if (!permit.proven) {
            return;
        }
        for (int i = 0; i < permit.keys.size(); i++) {
            ScopeKey key = permit.keys.get(i);
            if (i > 0 && !scopes.isCause(key, permit.keys.get(0), now)) {
                continue;
            }
            permit.charged.get(i).throttled(permit.sentAt, pauseMs, now);
        }
    }

    /** Pauses that 429s have begun in the narrowest scope of the permit, without a success in between. */
    public synchronized int strikes(Permit permit) {
        return permit.charged.isEmpty() ? 0 : permit.charged.get(0).strikes();
    }

    /** Number of counted users, threads, users in threads and addresses. */
    public synchronized int size() {
        return scopes.size();
    }

    /** The least share of a limit that any of its scopes had left in the last 10 to 20 s, 0 to 1. */
    public synchronized double remaining(String limit, long now) {
        return remaining.least(limit, now);
    }

    /** @param waitedFor null for a call that may be sent at once */
    private void sample(List<CallWindow> charged, @Nullable CallWindow waitedFor, double part, long now) {
        if (waitedFor != null) {
            remaining.record(waitedFor.rule().limit(), 0, now);
        } else if (++admissions % SAMPLE == 0) {
            charged.forEach(scope -> remaining.record(scope.rule().limit(), scope.left(now, part), now));
        }
    }

    /**
     * Where an interactive call can get a permit of another node: a call with a proven token that is counted in windows
     * of its thread only. Null for other calls, without a cluster, and if this node leads the thread.
     */
    @Nullable
    RemoteQuota remote(AdmissionRequest request) {
        String threadId = request.threadId();
        boolean eligible =
                request.userId() != null && request.address() == null && keys.onlyInThread(request.operation());
        return threadId != null && eligible ? shares.remote(threadId) : null;
    }

    /** Whether this node has its own part of the windows of a call's thread, beside other nodes. */
    boolean shared(AdmissionRequest request) {
        return request.threadId() != null && shares.known(request.threadId());
    }

    /** The refusal of a call whose thread's windows are full at the owner of its quota. */
    Admission.Refused full(AdmissionRequest request) {
        Rule rule = keys.of(request.operation(), request.userId(), request.threadId()).stream()
                .map(KeyedRule::rule)
                .reduce((narrow, wide) -> wide)
                .orElseThrow();
        return new Admission.Refused(RetryPolicy.PATIENCE_MS, rule.words(), false);
    }

    /** The largest share of any window of a thread, or of some users in it, that is used, 0 to 1. */
    synchronized double used(String threadId, Collection<String> users, long now) {
        double used = 0;
        for (KeyedRule keyed : keys.inThread(threadId, users)) {
            CallWindow scope = scopes.get(keyed.key());
            used = Math.max(used, scope == null ? 0 : scope.used(now));
        }
        return used;
    }

    /** When calls under way fill a window by themselves: those of unproven tokens leave it as soon as they are accepted. */
    private long shortest(Rule rule) {
        if (rule.scope() == RateWindows.Scope.ADDRESS) {
            return FULL_RETRY_MS;
        }
        return rule.shortestMs() + marginMs;
    }
}
