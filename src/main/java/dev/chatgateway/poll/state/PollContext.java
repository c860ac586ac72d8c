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
import dev.chatgateway.upstream.ChatServiceException;
import io.opentelemetry.api.trace.Tracer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What all thread pollers of a node share.
 *
 * @param settings the configuration in force; asked for each poll
 * @param out takes the updates, in order, to the hubs
 * @param inbox takes changes of users' thread lists, in order, to the hubs
 * @param replication which node polls a thread
 * @param listOrder which threads the service may not list by version
 * @param refusals users whom the service has just refused as subscribers
 */
public record PollContext(
        Supplier<GatewayConfig.Poll> settings,
        ThreadSource source,
        ThreadListing listing,
        Scheduler scheduler,
        RandomGenerator random,
        GatewayMetrics metrics,
        Tracer tracer,
        RefusalBreaker breaker,
        Revisions revisions,
        ConcurrencyLimiter limiter,
        Consumer<ThreadUpdate> out,
        Consumer<InboxUpdate> inbox,
        Replication replication,
        ListOrder listOrder,
        RecentRefusals refusals) {
    /** With a configuration that does not change. */
    public PollContext(
            GatewayConfig.Poll config,
            ThreadSource source,
            ThreadListing listing,
            Scheduler scheduler,
            RandomGenerator random,
            GatewayMetrics metrics,
            Tracer tracer,
            RefusalBreaker breaker,
            Revisions revisions,
            ConcurrencyLimiter limiter,
            Consumer<ThreadUpdate> out,
            Consumer<InboxUpdate> inbox,
            Replication replication) {
        this(
                () -> config,
                source,
                listing,
                scheduler,
                random,
                metrics,
                tracer,
                breaker,
                revisions,
                limiter,
                out,
                inbox,
                replication,
                new ListOrder(),
                new RecentRefusals());
    }

    /** The configuration in force. */
    public GatewayConfig.Poll config() {
        return settings.get();
    }

    /** The same with another consumer of the updates. */
    public PollContext out(Consumer<ThreadUpdate> other) {
        return new PollContext(
                settings,
                source,
                listing,
                scheduler,
                random,
                metrics,
                tracer,
                breaker,
                revisions,
                limiter,
                other,
                inbox,
                replication,
                listOrder,
                refusals);
    }

    /** The service, or its list of participants, has refused a user who wanted to subscribe. */
    public void refused(String userId, String threadId, ChatServiceException why) {
        refusals.remember(userId, threadId, why, scheduler.now());
        source.forgetMember(userId, threadId);
    }
}
