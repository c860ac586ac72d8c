package dev.chatgateway.upstream.client;

import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import java.util.concurrent.TimeUnit;

/** The connection options of all clients of this package. */
public final class Connections {
    /** Shorter than the idle limit of servers and load balancers, so that requests rarely meet a closed connection. */
    private static final int KEEP_ALIVE_SECONDS = 20;

    private Connections() {}

    /** Puts time limits, TLS and HTTP/2 (where the service offers it) into the options of a client. */
    public static <T extends HttpClientOptions> T configure(T client, UpstreamOptions options) {
        client.setConnectTimeout(options.connectTimeoutMs())
                .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                .setHttp2KeepAliveTimeout(KEEP_ALIVE_SECONDS);
        if (options.secure()) {
            client.setSsl(true)
                    .setVerifyHost(true)
                    .setSslHandshakeTimeout(options.connectTimeoutMs())
                    .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
                    .setUseAlpn(true)
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setTrustOptions(options.authorities().options());
        }
        return client;
    }

    /** HTTP/2 carries about a hundred calls per connection, so it needs far fewer of them. */
    public static PoolOptions pool(UpstreamOptions options) {
        return new PoolOptions()
                .setHttp1MaxSize(options.connections())
                .setHttp2MaxSize(Math.max(1, options.connections() / 16))
                .setMaxWaitQueueSize(options.queue());
    }
}
