package dev.chatgateway;

import dev.chatgateway.chatproxy.ChatProxy;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.client.IdentityClient;
import dev.chatgateway.upstream.client.UpstreamOptions;
import dev.chatgateway.upstream.client.WebChatService;
import dev.chatgateway.upstream.membership.MembershipFilter;
import dev.chatgateway.upstream.quota.Lending;
import dev.chatgateway.upstream.quota.RateLimiter;
import dev.chatgateway.upstream.quota.RateWindows;
import dev.chatgateway.upstream.quota.QuotaShares;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The node's clients of the chat service; one rate limiter admits the calls of all of them.
 *
 * @param members {@code chat} for interactive calls, behind the filter for non-members
 * @param budgets remaining share of each limit, 0 to 1
 * @param account the same rate limiter, for other nodes
 * @param identity null unless the gateway uses the embedded service
 */
record UpstreamClients(
        WebChatService chat,
        MembershipFilter members,
        ChatProxy passing,
        Lending account,
        @Nullable IdentityClient identity,
        Supplier<Map<String, Double>> budgets)
        implements AutoCloseable {

    static UpstreamClients of(
            Vertx vertx,
            GatewayConfig config,
            UpstreamTarget target,
            GatewayMetrics metrics,
            Clock clock,
            QuotaShares shares,
            Tracer tracer) {
        // The embedded service has the published limits, or none.
        boolean unlimited = target.accessKey().isPresent() && !config.embedded().limited();
        RateWindows windows = unlimited ? RateWindows.none() : RateWindows.of(config.ledger());
        RateLimiter rateLimiter = new RateLimiter(windows, config.ledger().marginMs(), shares);
        Timers timers = Timers.of(vertx);
        windows.limits()
                .forEach(limit -> metrics.upstream().budget(limit, () -> rateLimiter.budget(limit, timers.nowMs())));
        UpstreamOptions options = UpstreamOptions.of(config.upstream(), target.endpoint(), target.authorities());
        WebChatService chat =
                new WebChatService(vertx, options, rateLimiter, metrics, timers, clock, new Random(), tracer);
        return new UpstreamClients(
                chat,
                new MembershipFilter(vertx, chat, windows, clock),
                new ChatProxy(vertx, options, rateLimiter, metrics, timers, clock, new Random(), tracer),
                new Lending(rateLimiter, timers::nowMs),
                target.accessKey()
                        .map(key -> new IdentityClient(vertx, target.endpoint(), key, target.authorities()))
                        .orElse(null),
                () -> windows.limits().stream()
                        .sorted()
                        .collect(Collectors.toMap(
                                limit -> limit,
                                limit -> rateLimiter.budget(limit, timers.nowMs()),
                                (a, b) -> a,
                                TreeMap::new)));
    }

    @Override
    public void close() {
        chat.close();
        passing.close();
        if (identity != null) {
            identity.close();
        }
    }
}
