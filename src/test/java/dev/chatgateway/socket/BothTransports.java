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

/** Two gateways, one with each {@link Transport}, with limits that allow unusual but valid clients. */
final class BothTransports implements BeforeAllCallback, AfterAllCallback {
    static final int FRAME_LIMIT = 131_072;

    private final GatewayExtension netty = gateway("false");
    private final GatewayExtension vertx = gateway("true");

    /** Which transport the gateway uses. */
    enum Kind {
        NETTY,
        VERTX
    }

    /** A test that runs with both transports. */
    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @ParameterizedTest(name = "{0}")
    @EnumSource(Kind.class)
    @interface OnBoth {}

    private static GatewayExtension gateway(String plainSockets) {
        return new GatewayExtension()
                .with("process.plainSockets", plainSockets)
                .with("limits.frameBytes", Integer.toString(FRAME_LIMIT))
                .with("limits.requestsPerSecond", "100000")
                .with("limits.requestsBurst", "100000")
                .with("limits.authenticateSeconds", "120")
                .with("limits.idleSeconds", "600");
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        netty.beforeAll(context);
        vertx.beforeAll(context);
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        netty.afterAll(context);
        vertx.afterAll(context);
    }

    int port(Kind kind) {
        return (kind == Kind.NETTY ? netty : vertx).endpoints().http().getPort();
    }

    /** Opens an upgraded connection. */
    RawPeer connect(Kind kind) throws IOException {
        return new RawPeer(port(kind), new byte[0]);
    }
}
