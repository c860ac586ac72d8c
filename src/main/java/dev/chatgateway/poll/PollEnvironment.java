package dev.chatgateway.poll;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.InboxUpdate;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.metrics.GatewayMetrics;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * What all thread pollers of a node share.
 *
 * @param out takes the updates, in order, to the hubs
 * @param inbox takes movements of users' lists of threads, in order, to the hubs
 * @param owners which node reads a thread
 */
record PollEnvironment(
        GatewayConfig.Poll config,
        ThreadSource source,
        ThreadListing listing,
        Ticker ticker,
        RandomGenerator random,
        GatewayMetrics metrics,
        RefusalBreaker breaker,
        Revisions revisions,
        PollSlots slots,
        Consumer<ThreadUpdate> out,
        Consumer<InboxUpdate> inbox,
        Owners owners) {
    /** The same with another end for the updates. */
    PollEnvironment out(Consumer<ThreadUpdate> other) {
        return new PollEnvironment(
                config, source, listing, ticker, random, metrics, breaker, revisions, slots, other, inbox, owners);
    }
}
