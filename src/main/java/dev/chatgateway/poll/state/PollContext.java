package dev.chatgateway.poll.state;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.InboxUpdate;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.diff.ListOrder;
import dev.chatgateway.poll.schedule.ConcurrencyLimiter;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.source.RecentRefusals;
import dev.chatgateway.poll.source.RefusalBreaker;
import dev.chatgateway.poll.source.ThreadListing;
import dev.chatgateway.poll.source.ThreadSource;
import dev.chatgateway.tracing.Tracer;
import dev.chatgateway.upstream.ChatServiceException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What all thread pollers of a node share.
 *
 * @param settings the intervals in force; read anew for each reading
 * @param out takes the updates, in order, to the hubs
 * @param inbox takes movements of users' lists of threads, in order, to the hubs
 * @param owners which node reads a thread
 * @param order which threads the service may not list by version
 * @param refusals whom the service has just refused as subscribers
 */
public record PollContext(
        Supplier<GatewayConfig.Poll> settings,
        ThreadSource source,
        ThreadListing listing,
        Scheduler ticker,
        RandomGenerator random,
        GatewayMetrics metrics,
        Tracer tracer,
        RefusalBreaker breaker,
        Revisions revisions,
        ConcurrencyLimiter slots,
        Consumer<ThreadUpdate> out,
        Consumer<InboxUpdate> inbox,
        ThreadOwnership owners,
        ListOrder order,
        RecentRefusals refusals) {
    /** With intervals that stay. */
    public PollContext(
            GatewayConfig.Poll config,
            ThreadSource source,
            ThreadListing listing,
            Scheduler ticker,
            RandomGenerator random,
            GatewayMetrics metrics,
            Tracer tracer,
            RefusalBreaker breaker,
            Revisions revisions,
            ConcurrencyLimiter slots,
            Consumer<ThreadUpdate> out,
            Consumer<InboxUpdate> inbox,
            ThreadOwnership owners) {
        this(
                () -> config,
                source,
                listing,
                ticker,
                random,
                metrics,
                tracer,
                breaker,
                revisions,
                slots,
                out,
                inbox,
                owners,
                new ListOrder(),
                new RecentRefusals());
    }

    /** The intervals in force. */
    public GatewayConfig.Poll config() {
        return settings.get();
    }

    /** The same with another end for the updates. */
    public PollContext out(Consumer<ThreadUpdate> other) {
        return new PollContext(
                settings, source, listing, ticker, random, metrics, tracer, breaker, revisions, slots, other, inbox,
                owners, order, refusals);
    }

    /** The service, or its list of participants, has refused a user who wanted to subscribe. */
    public void refused(String userId, String threadId, ChatServiceException why) {
        refusals.remember(userId, threadId, why, ticker.now());
        source.forgetMember(userId, threadId);
    }
}
