package dev.chatgateway.socket;

import dev.chatgateway.config.GatewayConfig;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The two listeners for clients, plain and TLS, as Vert.x options. */
public final class Listeners {
    /** Vert.x shares a random port between the instances of a verticle only if it is asked for by a negative number. */
    private static final int ANY_PLAIN_PORT = -1;

    private static final int ANY_TLS_PORT = -2;

    private Listeners() {}

    /** Plain first, then TLS with that certificate. */
    public static List<HttpServerOptions> of(GatewayConfig config, Path certificate, Path key) {
        HttpServerOptions plain = common(config);
        plain.setPort(config.http().port() == 0 ? ANY_PLAIN_PORT : config.http().port());
        HttpServerOptions tls = common(config);
        tls.setPort(config.https().port() == 0 ? ANY_TLS_PORT : config.https().port());
        tls.setSsl(true)
                .setUseAlpn(true)
                .setSslHandshakeTimeout(config.limits().handshakeSeconds())
                .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.3", "TLSv1.2"))
                .setKeyCertOptions(new PemKeyCertOptions()
                        .addCertPath(certificate.toString())
                        .addKeyPath(key.toString()));
        return List.of(plain, tls);
    }

    private static HttpServerOptions common(GatewayConfig config) {
        GatewayConfig.Limits limits = config.limits();
        return new HttpServerOptions()
                .setHost(config.http().host())
                // Vert.x has both on; a deflater per socket costs about 107 KB and 3 to 4 times the CPU. The first one
                // only makes the decoder let the mark of deflated frames pass: RawDeflate takes its place.
                .setPerMessageWebSocketCompressionSupported(config.compression().enabled())
                .setPerFrameWebSocketCompressionSupported(false)
                .setMaxWebSocketFrameSize(limits.frameBytes())
                .setMaxWebSocketMessageSize(limits.frameBytes())
                .setMaxHeaderSize(limits.headerBytes())
                .setMaxInitialLineLength(limits.headerBytes() / 2)
                // The guard has left a single subprotocol in the header: that one is echoed, whatever it is.
                .setWebSocketSubProtocols(List.of("*"))
                .setWebSocketClosingTimeout(limits.handshakeSeconds())
                .setIdleTimeout(limits.idleSeconds() + limits.pingSeconds());
    }
}
