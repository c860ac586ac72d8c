package dev.chatgateway.config;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerConfig;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TcpConfig;
import java.util.Objects;

/**
 * Socket options of an HTTP listener, with the configured address of the listener. Vert.x passes nothing but the socket
 * options to its transport, so that the transport finds the address here. Vert.x copies them by {@link #copy()}.
 */
public final class ListenerConfig extends TcpConfig {
    private final String host;
    private final int port;
    private final boolean secure;

    private ListenerConfig(TcpConfig socket, String host, int port, boolean secure) {
        super(socket);
        this.host = host;
        this.port = port;
        this.secure = secure;
    }

    /**
     * Creates a server like {@link Vertx#createHttpServer(HttpServerOptions)}. Every HTTP listener of a node is made
     * here, so that the limits for connections without an authenticated user apply to it.
     *
     * @param options also name the address that the server listens on
     */
    public static HttpServer createServer(Vertx vertx, HttpServerOptions options) {
        HttpServerConfig config = new HttpServerConfig(options);
        TcpConfig socket = config.getTcpConfig().getTransportConfig();
        config.getTcpConfig()
                .setTransportConfig(new ListenerConfig(socket, options.getHost(), options.getPort(), options.isSsl()));
        // Without TLS options the server would be a plain one.
        ServerSSLOptions secure = Objects.requireNonNullElseGet(options.getSslOptions(), ServerSSLOptions::new);
        return vertx.createHttpServer(config, options.isSsl() ? secure : null);
    }

    @Override
    protected TcpConfig copy() {
        return new ListenerConfig(this, host, port, secure);
    }

    /** The configured host. */
    public String host() {
        return host;
    }

    /** The port as in the options of the server: 0 and negative numbers mean any. */
    public int port() {
        return port;
    }

    /** Whether the listener uses TLS. */
    public boolean secure() {
        return secure;
    }
}
