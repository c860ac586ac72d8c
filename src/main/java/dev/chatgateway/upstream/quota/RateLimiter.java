package dev.chatgateway.upstream.quota;

import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.RetryPolicy;
import dev.chatgateway.upstream.quota.RateKeys.Account;
import dev.chatgateway.upstream.quota.RateKeys.ScopeKey;
import dev.chatgateway.upstream.quota.RateWindows.Rule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's account of the chat service's rate windows; every call is paid here before it is sent. Half of each
 * window is kept for people's commands, and the less urgent a poll is, the less of the other half it may use.
 *
 * <p>Pure: the caller brings the time. Called from all event loops; one lock, held for microseconds, keeps it whole.
 */
public final class RateLimiter {
    /** Added to each window for calls whose answer was lost, in milliseconds. */
    public static final long MARGIN_MS = 200;

    /** About 150 bytes each. When all are in use, calls of further users and threads are refused. */
    public static final int MAX_SCOPES = 1_000_000;

    private static final long FULL_RETRY_MS = 1_000;

    /** One of so many admissions shows how much budget is left: counting costs as much as the admission. */
    private static final int SAMPLE = 8;

    private final RateKeys accounts;
    private final int marginMs;
    private final int maxScopes;
    private final QuotaShares shares;

    /** Guarded by this. */
    private final CallWindows scopes;

    /** Guarded by this. */
    private final RemainingQuota budgets = new RemainingQuota();

    private int admissions;

    /** With the default margin. */
    public RateLimiter(RateWindows windows) {
        this(windows, MARGIN_MS);
    }

    /** @param marginMs added to each window, for delays of the network that no answer has shown */
    public RateLimiter(RateWindows windows, long marginMs) {
        this(windows, marginMs, MAX_SCOPES);
    }

    /** @param shares which threads' windows other nodes use too */
    public RateLimiter(RateWindows windows, long marginMs, QuotaShares shares) {
        this(windows, marginMs, MAX_SCOPES, shares);
    }

    public RateLimiter(RateWindows windows, long marginMs, int maxScopes) {
        this(windows, marginMs, maxScopes, new QuotaShares(() -> 0));
    }

    private RateLimiter(RateWindows windows, long marginMs, int maxScopes, QuotaShares shares) {
        this.shares = shares;
        this.accounts = new RateKeys(windows);
        this.marginMs = Math.toIntExact(marginMs);
        scopes = new CallWindows(this.marginMs);
        this.maxScopes = maxScopes;
    }

    /** The answer to a wish to call. */
    public sealed interface Admission {
        /** Pay and send after so many milliseconds, 0 for at once. The permit must be given back. */
        record Granted(Permit permit, long waitMs) implements Admission {}

        /**
         * Not now.
         *
         * @param retryAfterMs when it may fit, in milliseconds
         * @param limit which limit, in words
         * @param full whether it is the gateway's own bound for scopes
         */
        record Refused(long retryAfterMs, String limit, boolean full) implements Admission {}
    }

    /** A call that has been paid; ends with exactly one of the ledger's four endings. */
    public static final class Permit {
        private final List<ScopeKey> keys;
        private final List<CallWindow> paid;
        private final boolean proven;
        private final List<Account> claimed;
        private final boolean background;
        private final long sentAt;

        private Permit(
                List<ScopeKey> keys,
                List<CallWindow> paid,
                boolean proven,
                List<Account> claimed,
                boolean background,
                long sentAt) {
            this.keys = keys;
            this.paid = paid;
            this.proven = proven;
            this.claimed = claimed;
            this.background = background;
            this.sentAt = sentAt;
        }
    }

    /**
     * Pays for a call if it fits now or, for people's commands, within {@code maxWaitMs}.
     *
     * @param now monotonic milliseconds
     */
    public synchronized Admission admit(ChatCall call, long now, long maxWaitMs) {
        return admit(AdmissionRequest.of(call), now, maxWaitMs);
    }

    /** The same for any call. An unproven token charges its address alone, if the claimed user's windows have room too. */
    public synchronized Admission admit(AdmissionRequest payment, long now, long maxWaitMs) {
        scopes.sweep(now);
        List<Account> claimed = accounts.of(payment.operation(), payment.userId(), payment.threadId());
        String address = payment.address();
        List<Account> paying = address == null ? claimed : accounts.ofAddress(address);
        // Plain loops: they are most of what an admission costs, and it is made under the lock.
        List<ScopeKey> keys = new ArrayList<>(paying.size());
        for (Account account : paying) {
            keys.add(account.key());
        }
        if (scopes.size() + keys.size() > maxScopes && !scopes.haveAll(keys)) {
            return new Admission.Refused(
                    FULL_RETRY_MS, "the gateway keeps count of " + maxScopes + " scopes at most", true);
        }
        List<CallWindow> paid = new ArrayList<>(paying.size());
        for (Account account : paying) {
            paid.add(scopes.of(account));
        }
        List<CallWindow> asked = paid;
        if (address != null) {
            asked = Stream.concat(paid.stream(), claimed.stream().map(a -> scopes.get(a.key())))
                    .filter(Objects::nonNull)
                    .toList();
        }
        long earliest = now;
        @Nullable CallWindow tightest = null;
        double part = shares.part(payment.threadId());
        for (CallWindow scope : asked) {
            long fits = scope.earliest(now, payment.share(scope.rule()), part);
            if (fits > earliest) {
                earliest = fits;
                tightest = scope;
            }
        }
        long wait = earliest == CallWindow.NEVER ? Long.MAX_VALUE : earliest - now;
        if (wait > maxWaitMs) {
            Rule rule = Objects.requireNonNull(tightest).rule();
            budgets.saw(rule.limit(), payment.priority().waited() ? 0 : tightest.left(now, part), now);
            return new Admission.Refused(earliest == CallWindow.NEVER ? shortest(rule) : wait, rule.words(), false);
        }
        boolean background = payment.background();
        for (CallWindow scope : paid) {
            scope.open(background, earliest);
        }
        sample(paid, tightest, part, now);
        return new Admission.Granted(new Permit(keys, paid, address == null, claimed, background, earliest), wait);
    }

    /**
     * Milliseconds until such a call would be admitted, 0 for now; an estimate that pays nothing, for schedules.
     *
     * @param now monotonic milliseconds
     */
    public synchronized long earliestMs(
            ChatOperation operation, String userId, @Nullable String threadId, Priority priority, long now) {
        long earliest = now;
        for (Account account : accounts.of(operation, userId, threadId)) {
            CallWindow scope = scopes.get(account.key());
            if (scope != null) {
                long fits = scope.earliest(now, priority.share(), shares.part(threadId));
                earliest = Math.max(earliest, fits == CallWindow.NEVER ? now + shortest(scope.rule()) : fits);
            }
        }
        return earliest - now;
    }

    /** The call was sent, and answered or given up; the answer says whether the service accepted it. */
    public synchronized void settled(Permit permit, boolean accepted, long now) {
        if (accepted && !permit.proven) {
            // The claim is true: the user pays, and not the address.
            refunded(permit);
            permit.claimed.stream()
                    .filter(a -> scopes.size() < maxScopes || scopes.has(a.key()))
                    .map(scopes::of)
                    .forEach(scope -> scope.count(permit.background, now));
            return;
        }
        for (CallWindow scope : permit.paid) {
            scope.settle(permit.background, now);
            if (accepted) {
                scope.succeeded(now);
            }
        }
    }

    /** The service did not accept the token: no user can have been charged, but an address that tries is. */
    public synchronized void denied(Permit permit, long now) {
        if (permit.proven) {
            refunded(permit);
        } else {
            settled(permit, false, now);
        }
    }

    /** The call was not sent, or can't have been counted for this user. */
    public synchronized void refunded(Permit permit) {
        permit.paid.forEach(scope -> scope.cancel(permit.background));
    }

    /**
     * The service answered 429: it is called again in the scope to blame only after {@code pauseMs}, and less often for a
     * while. To blame is the narrowest scope; a scope shared by users only when two of them meet 429s in it.
     */
    public synchronized void throttled(Permit permit, long pauseMs, long now) {
        settled(permit, false, now);
        if (!permit.proven) {
            return;
        }
        for (int i = 0; i < permit.keys.size(); i++) {
            ScopeKey key = permit.keys.get(i);
            if (i > 0 && !scopes.proved(key, permit.keys.get(0), now)) {
                continue;
            }
            permit.paid.get(i).refused(permit.sentAt, pauseMs, now);
        }
    }

    /** Pauses that 429s have begun in the narrowest scope of the permit, without a success in between. */
    public synchronized int strikes(Permit permit) {
        return permit.paid.isEmpty() ? 0 : permit.paid.get(0).strikes();
    }

    /** Users, threads and pairs that are kept count of. */
    public synchronized int size() {
        return scopes.size();
    }

    /** The least share of a limit that any of its scopes had left in the last 10 to 20 s, 0 to 1. */
    public synchronized double budget(String limit, long now) {
        return budgets.least(limit, now);
    }

    /** @param waitedFor null for a call that goes out at once */
    private void sample(List<CallWindow> paid, @Nullable CallWindow waitedFor, double part, long now) {
        if (waitedFor != null) {
            budgets.saw(waitedFor.rule().limit(), 0, now);
        } else if (++admissions % SAMPLE == 0) {
            paid.forEach(scope -> budgets.saw(scope.rule().limit(), scope.left(now, part), now));
        }
    }

    /** Who may pay for a call in this node's place, as the windows of its thread are shared; null if nobody can. */
    @Nullable
    Lender lender(AdmissionRequest payment) {
        String threadId = payment.threadId();
        return threadId == null || !accounts.ofThread(payment.operation()) ? null : shares.lender(threadId);
    }

    /** Whether this node has a part of its own in the windows of a call's thread, beside other nodes. */
    boolean shared(AdmissionRequest payment) {
        return payment.threadId() != null && shares.known(payment.threadId());
    }

    /** The refusal of a call whose thread's windows are used up by what another node has paid. */
    Admission.Refused full(AdmissionRequest payment) {
        Rule rule = accounts.of(payment.operation(), payment.userId(), payment.threadId()).stream()
                .map(Account::rule)
                .reduce((narrow, wide) -> wide)
                .orElseThrow();
        return new Admission.Refused(RetryPolicy.PATIENCE_MS, rule.words(), false);
    }

    /** The largest share of any window of a thread, or of some users in it, that is used, 0 to 1. */
    synchronized double used(String threadId, Collection<String> users, long now) {
        double used = 0;
        for (Account account : accounts.inThread(threadId, users)) {
            CallWindow scope = scopes.get(account.key());
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
