package dev.chatgateway.socket.accept;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.ListenerConfig;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.SocketAddress;
import java.util.List;

/** The HTTP listeners for chat clients, as Vert.x options. */
public final class Listeners {
    /** Vert.x shares a random port between the instances of a verticle only if the port is a negative number. */
    private static final int ANY_PLAIN_PORT = -1;

    private static final int ANY_TLS_PORT = -2;
    private static final int HTTP2_STREAMS = 100;

    private Listeners() {}

    /**
     * The plain listener, if enabled, then the TLS listener.
     *
     * @param secure certificates, protocols and cipher suites of the TLS listener
     */
    public static List<HttpServerOptions> of(GatewayConfig config, ServerSSLOptions secure) {
        HttpServerOptions plain = common(config);
        plain.setPort(config.http().port() == 0 ? ANY_PLAIN_PORT : config.http().port());
        HttpServerOptions tls = common(config);
        tls.setPort(config.https().port() == 0 ? ANY_TLS_PORT : config.https().port());
        tls.setSsl(true)
                .setUseAlpn(true)
                .setClientAuth(secure.getClientAuth())
                .setSslHandshakeTimeout(secure.getSslHandshakeTimeout())
                .setSslHandshakeTimeoutUnit(secure.getSslHandshakeTimeoutUnit())
                .setEnabledSecureTransportProtocols(secure.getEnabledSecureTransportProtocols())
                .setKeyCertOptions(secure.getKeyCertOptions())
                .setTrustOptions(secure.getTrustOptions());
        secure.getEnabledCipherSuites().forEach(tls::addEnabledCipherSuite);
        return config.http().enabled() ? List.of(plain, tls) : List.of(tls);
    }

    /** The address to listen on. Servers that listen on a negative port share one random port. */
    public static SocketAddress address(HttpServerOptions listener) {
        int port = listener.getPort();
        return port < 0
                ? SocketAddress.sharedRandomPort(-port, listener.getHost())
                : SocketAddress.inetSocketAddress(port, listener.getHost());
    }

    /** Whether this is a listener for chat clients. */
    static boolean isForClients(GatewayConfig config, ListenerConfig listener) {
        int plain = config.http().port() == 0 ? ANY_PLAIN_PORT : config.http().port();
        int tls = config.https().port() == 0 ? ANY_TLS_PORT : config.https().port();
        return listener.host().equals(config.http().host()) && listener.port() == (listener.secure() ? tls : plain);
    }

    private static HttpServerOptions common(GatewayConfig config) {
        GatewayConfig.Limits limits = config.limits();
        return new HttpServerOptions()
                .setHost(config.http().host())
                // The plain port speaks HTTP/1.1 only. "Upgrade: h2c" would bypass the rules of a proxy in front, and
                // Vert.x would report such a connection only at its first request.
                .setHttp2ClearTextEnabled(false)
                // Vert.x enables both by default; a deflater for each socket costs about 107 KB and 3 to 4 times the
                // CPU. The first option only makes the frame decoder accept the RSV1 bit of deflated frames; class
                // Deflate replaces the extension handler.
                .setPerMessageWebSocketCompressionSupported(config.compression().enabled())
                .setPerFrameWebSocketCompressionSupported(false)
                .setMaxWebSocketFrameSize(limits.frameBytes())
                .setMaxWebSocketMessageSize(limits.frameBytes())
                .setMaxHeaderSize(limits.headerBytes())
                .setMaxInitialLineLength(limits.headerBytes() / 2)
                .setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(HTTP2_STREAMS)
                        .setMaxHeaderListSize(limits.headerBytes()))
                .setUseProxyProtocol(config.http().proxyProtocol())
                .setProxyProtocolTimeout(limits.handshakeSeconds())
                // Class Upgrades leaves one subprotocol in the header; Vert.x echoes it, whatever it is.
                .setWebSocketSubProtocols(List.of("*"))
                .setWebSocketClosingTimeout(limits.handshakeSeconds())
                .setIdleTimeout(limits.idleSeconds() + limits.pingSeconds());
    }
}
