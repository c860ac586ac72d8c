package dev.chatgateway.upstream.client;

import io.vertx.core.Vertx;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.net.URI;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks whether the service's endpoint answers at all, so that a node with wrong name resolution, route or trust does not
 * become ready. Requests carry no token; any status is an answer. Stops at the first answer.
 */
public final class EndpointProbe {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointProbe.class);
    private static final int TIMEOUT_MS = 3_000;
    private static final long FIRST_PAUSE_MS = 200;
    private static final long LONGEST_PAUSE_MS = 10_000;

    private final Vertx vertx;
    private final WebClient client;
    private final URI endpoint;
    private final Endpoint parts;
    private final AtomicBoolean answered = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    public EndpointProbe(Vertx vertx, URI endpoint, TrustedAuthorities authorities) {
        this.vertx = vertx;
        this.endpoint = endpoint;
        parts = new Endpoint(endpoint);
        WebClientOptions options = new WebClientOptions().setConnectTimeout(TIMEOUT_MS);
        if ("https".equals(endpoint.getScheme())) {
            options.setTrustOptions(authorities.options());
        }
        client = WebClient.create(vertx, options);
    }

    /** Sends requests with growing pauses until one is answered. */
    public void start() {
        probe(FIRST_PAUSE_MS);
    }

    /** Whether the endpoint has answered since the start. Any thread. */
    public boolean answered() {
        return answered.get();
    }

    /** Stops the requests. */
    public void close() {
        closed.set(true);
        client.close();
    }

    private void probe(long pauseMs) {
        if (closed.get()) {
            return;
        }
        // Not by a URL: Java accepts no underscores in its host.
        client.get(parts.port(), parts.host(), parts.path("/chat/threads"))
                .ssl(parts.secure())
                .timeout(TIMEOUT_MS)
                .send()
                .onSuccess(answer -> answered.set(true))
                .onFailure(failure -> {
                    LOG.warn("endpoint {} does not answer yet: {}", endpoint, failure.getMessage());
                    vertx.setTimer(pauseMs, timer -> probe(Math.min(LONGEST_PAUSE_MS, pauseMs * 2)));
                });
    }
}
