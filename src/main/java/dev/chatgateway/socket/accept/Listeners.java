package dev.chatgateway.socket.accept;

import dev.chatgateway.config.GatewayConfig;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.util.List;

/** The listeners for clients, plain and TLS or TLS alone, as Vert.x options. */
public final class Listeners {
    /** Vert.x shares a random port between the instances of a verticle only if it is asked for by a negative number. */
    private static final int ANY_PLAIN_PORT = -1;

    private static final int ANY_TLS_PORT = -2;
    private static final int STREAMS = 100;

    private Listeners() {}

    /** Plain first if it is wanted, then TLS with those certificates and protocols. */
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

    /** Whether a listener with these options is one of those. */
    static boolean isForClients(GatewayConfig config, HttpServerOptions options) {
        int plain = config.http().port() == 0 ? ANY_PLAIN_PORT : config.http().port();
        int tls = config.https().port() == 0 ? ANY_TLS_PORT : config.https().port();
        return options.getHost().equals(config.http().host()) && options.getPort() == (options.isSsl() ? tls : plain);
    }

    private static HttpServerOptions common(GatewayConfig config) {
        GatewayConfig.Limits limits = config.limits();
        return new HttpServerOptions()
                .setHost(config.http().host())
                // Plain ports speak HTTP/1.1 alone. With "Upgrade: h2c" a client would get past the rules of a proxy in
                // front, and Vert.x would tell of a connection only when its first request is there.
                .setHttp2ClearTextEnabled(false)
                // Vert.x has both on; a deflater per socket costs about 107 KB and 3 to 4 times the CPU. The first one
                // only makes the decoder let the mark of deflated frames pass: RawDeflate takes its place.
                .setPerMessageWebSocketCompressionSupported(config.compression().enabled())
                .setPerFrameWebSocketCompressionSupported(false)
                .setMaxWebSocketFrameSize(limits.frameBytes())
                .setMaxWebSocketMessageSize(limits.frameBytes())
                .setMaxHeaderSize(limits.headerBytes())
                .setMaxInitialLineLength(limits.headerBytes() / 2)
                .setInitialSettings(
                        new Http2Settings().setMaxConcurrentStreams(STREAMS).setMaxHeaderListSize(limits.headerBytes()))
                .setUseProxyProtocol(config.http().proxyProtocol())
                .setProxyProtocolTimeout(limits.handshakeSeconds())
                // The guard has left a single subprotocol in the header: that one is echoed, whatever it is.
                .setWebSocketSubProtocols(List.of("*"))
                .setWebSocketClosingTimeout(limits.handshakeSeconds())
                .setIdleTimeout(limits.idleSeconds() + limits.pingSeconds());
    }
}
