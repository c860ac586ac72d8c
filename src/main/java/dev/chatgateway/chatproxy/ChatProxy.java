package dev.chatgateway.chatproxy;

import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.RetryPolicy;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.client.Connections;
import dev.chatgateway.upstream.client.UpstreamOptions;
import dev.chatgateway.upstream.quota.CallAdmission;
import dev.chatgateway.upstream.quota.RateLimiter;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * Forwards requests to the chat service and streams the responses. Each call is admitted by the rate limiter, has a
 * time limit and is measured. Calls are not retried, because clients have a retry policy of their own. The proxy has
 * its own connection pool, so that slow clients do not block commands and polls.
 *
 * <p>It does not use vertx-http-proxy. That library resets a call when its client disconnects even if a write was
 * already sent completely; its outcome, which the poller needs, would be lost. It has no time limit for a call, answers
 * each failure with an empty 502, and returns hop-by-hop headers and cookies of the service to the client. Admission,
 * limits, header filters and link rewriting would remain here.
 *
 * <p>May be called on any event loop. A call runs and completes on the context of its caller.
 */
public final class ChatProxy implements AutoCloseable {
    private static final int HTTP2_STREAMS = 100;

    /**
     * Flow control window of a connection: the sum of all stream windows, so that a response that its client does not
     * read cannot block other streams.
     */
    private static final int CONNECTION_WINDOW = HTTP2_STREAMS * 65_535;

    private final UpstreamOptions options;
    private final Set<ChatProxyExchange> exchanges = ConcurrentHashMap.newKeySet();
    private final ChatProxyExchange.Dependencies dependencies;

    /** Kept in a field, because Vert.x closes clients that are not referenced. */
    private final HttpClient client;

    private volatile boolean closed;

    /**
     * @param clock for HTTP dates in responses
     * @param random for the jitter of the backoff after a 429
     */
    public ChatProxy(
            Vertx vertx,
            UpstreamOptions options,
            RateLimiter rateLimiter,
            GatewayMetrics metrics,
            Timers timers,
            Clock clock,
            RandomGenerator random,
            Tracer tracer) {
        this.options = options;
        HttpClientOptions clientOptions = Connections.configure(new HttpClientOptions(), options);
        clientOptions.setHttp2MultiplexingLimit(HTTP2_STREAMS).setHttp2ConnectionWindowSize(CONNECTION_WINDOW);
        this.client = vertx.createHttpClient(clientOptions, Connections.pool(options));
        RetryPolicy retryPolicy = new RetryPolicy(0, options.timeoutMs(), random);
        this.dependencies = new ChatProxyExchange.Dependencies(
                options,
                new CallAdmission(rateLimiter, timers),
                metrics,
                timers,
                clock,
                retryPolicy,
                this.client,
                tracer);
    }

    /**
     * Forwards one request. Completes when the response head has arrived. Fails only with {@link ChatServiceException}:
     * 429 refused by the rate limiter, 503 not sent, 504 no response.
     *
     * @param gone completes when the client has disconnected
     */
    public Future<ChatProxyAnswer> forward(ChatProxyCall call, Future<Void> gone) {
        ChatProxyExchange exchange = new ChatProxyExchange(dependencies, call);
        exchanges.add(exchange);
        Future<ChatProxyAnswer> response = exchange.start().onComplete(done -> exchanges.remove(exchange));
        gone.onComplete(v -> exchange.cancel());
        if (closed) {
            exchange.stop();
        }
        return response;
    }

    /** The base path of links in responses. */
    public String basePath() {
        return options.basePath();
    }

    /** Closes all connections. Calls without a response fail. */
    @Override
    public void close() {
        closed = true;
        exchanges.forEach(ChatProxyExchange::stop);
        client.close();
    }
}
