package dev.chatgateway.chatproxy;

import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.tracing.Tracer;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.RetryPolicy;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.client.Connections;
import dev.chatgateway.upstream.client.UpstreamOptions;
import dev.chatgateway.upstream.quota.CallAdmission;
import dev.chatgateway.upstream.quota.RateLimiter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * Passes requests on to the chat service and its answers back, streaming. Each is paid from the ledger, limited in time
 * and counted; none is made twice, as the client has a retry policy of its own. Has a pool of connections of its own, so
 * that slow clients can't keep commands and polls waiting.
 *
 * <p>May be called from any event loop; a call runs and completes on its caller's context.
 */
public final class ChatProxy implements AutoCloseable {
    private static final int STREAMS = 100;

    /** Windows of all streams together, so that bodies that clients do not take can't hold up the others. */
    private static final int CONNECTION_WINDOW = STREAMS * 65_535;

    private final UpstreamOptions options;
    private final Set<ChatProxyExchange> waiting = ConcurrentHashMap.newKeySet();
    private final ChatProxyExchange.Tools tools;

    /** Held in a field: Vert.x closes clients that nobody refers to. */
    private final HttpClient client;

    private volatile boolean closed;

    /**
     * @param clock for HTTP dates in answers
     * @param random for the jitter of pauses after a 429
     */
    public ChatProxy(
            Vertx vertx,
            UpstreamOptions options,
            RateLimiter ledger,
            GatewayMetrics metrics,
            Timers timers,
            Clock clock,
            RandomGenerator random,
            Tracer tracer) {
        this.options = options;
        HttpClientOptions client = Connections.configure(new HttpClientOptions(), options);
        client.setHttp2MultiplexingLimit(STREAMS).setHttp2ConnectionWindowSize(CONNECTION_WINDOW);
        this.client = vertx.createHttpClient(client, Connections.pool(options));
        RetryPolicy pauses = new RetryPolicy(0, options.timeoutMs(), random);
        this.tools = new ChatProxyExchange.Tools(
                options,
                new CallAdmission(ledger, timers, tracer),
                metrics,
                timers,
                clock,
                pauses,
                this.client,
                tracer);
    }

    /**
     * Passes one request on; completes when the head of the answer is there. Fails only with {@link ChatServiceException}:
     * 429 refused by the ledger, 503 not sent, 504 no answer.
     *
     * @param gone completes when the client has gone away
     */
    public Future<ChatProxyAnswer> forward(ChatProxyCall call, Future<Void> gone) {
        ChatProxyExchange exchange = new ChatProxyExchange(tools, call);
        waiting.add(exchange);
        Future<ChatProxyAnswer> answer = exchange.start().onComplete(done -> waiting.remove(exchange));
        gone.onComplete(v -> exchange.abandon());
        if (closed) {
            exchange.stop();
        }
        return answer;
    }

    /** The endpoint whose links the answers bear. */
    public String basePath() {
        return options.basePath();
    }

    /** Closes all connections; calls without an answer fail. */
    @Override
    public void close() {
        closed = true;
        waiting.forEach(ChatProxyExchange::stop);
        client.close();
    }
}
