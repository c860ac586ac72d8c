package dev.chatgateway.socket;

import dev.chatgateway.socket.transport.Transport;
import dev.chatgateway.testing.GatewayExtension;
import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two gateways, one with each kind of {@link Transport}, whose limits leave room for odd but lawful clients. */
final class BothTransports implements BeforeAllCallback, AfterAllCallback {
    static final int FRAME_LIMIT = 131_072;

    private final GatewayExtension raw = gateway("false");
    private final GatewayExtension plain = gateway("true");

    /** How the gateway writes to sockets. */
    enum Kind {
        RAW,
        PLAIN
    }

    /** A test that runs with each kind of wire. */
    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @ParameterizedTest(name = "{0}")
    @EnumSource(Kind.class)
    @interface OnBoth {}

    private static GatewayExtension gateway(String plain) {
        return new GatewayExtension()
                .with("process.plainSockets", plain)
                .with("limits.frameBytes", Integer.toString(FRAME_LIMIT))
                .with("limits.requestsPerSecond", "100000")
                .with("limits.requestsBurst", "100000")
                .with("limits.authenticateSeconds", "120")
                .with("limits.idleSeconds", "600");
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        raw.beforeAll(context);
        plain.beforeAll(context);
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        raw.afterAll(context);
        plain.afterAll(context);
    }

    int port(Kind kind) {
        return (kind == Kind.RAW ? raw : plain).endpoints().http().getPort();
    }

    /** An upgraded connection. */
    RawPeer connect(Kind kind) throws IOException {
        return new RawPeer(port(kind), new byte[0]);
    }
}
