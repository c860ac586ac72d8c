package dev.chatgateway.socket.accept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.config.ConfigException;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.ListenerConfig;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.tls.DevelopmentCertificates;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.spi.transport.Transport;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which listeners of a Vert.x instance register the connections that they accept, and with which limits. */
class AcceptTransportIT {
    /** The limits of each listener that was opened, in order; empty for a listener without limits. */
    private final List<Optional<UnauthenticatedLimits>> opened = new CopyOnWriteArrayList<>();

    @TempDir
    private Path directory;

    private GatewayConfig config;
    private Vertx vertx;

    @BeforeEach
    void start() throws ConfigException {
        Map<String, String> anyPorts = Map.of("CHATGATEWAY_HTTP_PORT", "0", "CHATGATEWAY_HTTPS_PORT", "0");
        config = new ConfigLoader().load(Optional.empty(), anyPorts).config();
        io.vertx.core.transport.Transport accept = AcceptTransport.over(
                io.vertx.core.transport.Transport.NIO,
                new LiveConfig(config),
                new GatewayMetrics(new SimpleMeterRegistry()));
        vertx = Vertx.builder().withTransport(recording(accept)).build();
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    @Test
    void client_listeners_share_their_limits() throws Exception {
        for (HttpServerOptions listener : Listeners.of(config, certificates())) {
            for (int loop = 0; loop < 2; loop++) {
                await(serve(listener).listen(Listeners.address(listener)));
            }
        }

        assertThat(opened).hasSize(2).allSatisfy(limits -> assertThat(limits)
                .hasValueSatisfying(of -> assertThat(of.clients()).isTrue()));
        assertThat(opened).extracting(limits -> limits.orElseThrow().secure()).containsExactly(false, true);
        assertThat(opened.get(0).orElseThrow().shares())
                .isSameAs(opened.get(1).orElseThrow().shares());
    }

    @Test
    void other_http_listener_has_limits_of_its_own() throws Exception {
        HttpServerOptions plain = new HttpServerOptions().setHost("127.0.0.1").setPort(0);
        HttpServerOptions secure = new HttpServerOptions(plain)
                .setSsl(true)
                .setKeyCertOptions(certificates().getKeyCertOptions());
        await(serve(plain).listen());
        await(serve(secure).listen());

        assertThat(opened).hasSize(2).allSatisfy(limits -> assertThat(limits)
                .hasValueSatisfying(of -> assertThat(of.clients()).isFalse()));
        assertThat(opened).extracting(limits -> limits.orElseThrow().secure()).containsExactly(false, true);
        assertThat(opened.get(0).orElseThrow().shares())
                .isNotSameAs(opened.get(1).orElseThrow().shares());
    }

    /** As the listener of the event bus. */
    @Test
    void tcp_listener_has_no_limits() throws Exception {
        NetServerOptions options = new NetServerOptions().setHost("127.0.0.1").setPort(0);
        await(vertx.createNetServer(options).connectHandler(socket -> {}).listen());

        assertThat(opened).containsExactly(Optional.empty());
    }

    private HttpServer serve(HttpServerOptions options) {
        return ListenerConfig.createServer(vertx, options)
                .requestHandler(request -> request.response().end());
    }

    private ServerSSLOptions certificates() throws Exception {
        DevelopmentCertificates made = DevelopmentCertificates.loadOrCreate(directory, List.of("localhost"));
        return new ServerSSLOptions()
                .setKeyCertOptions(new PemKeyCertOptions()
                        .setCertPath(made.certificate().toString())
                        .setKeyPath(made.key().toString()));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    /** The same transport, except that each listener is recorded as it is configured. */
    private io.vertx.core.transport.Transport recording(io.vertx.core.transport.Transport transport) {
        Transport delegate = transport.implementation();
        Transport recorder = (Transport) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Transport.class}, (proxy, method, args) -> {
                    try {
                        return method.invoke(delegate, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    } finally {
                        if (method.getName().equals("configure") && args[2] instanceof ServerBootstrap bootstrap) {
                            opened.add(
                                    bootstrap.config().handler() instanceof AcceptHandler accept
                                            ? Optional.of(accept.limits)
                                            : Optional.empty());
                        }
                    }
                });
        return new io.vertx.core.transport.Transport() {
            @Override
            public String name() {
                return transport.name();
            }

            @Override
            public boolean available() {
                return transport.available();
            }

            @Override
            public Throwable unavailabilityCause() {
                return transport.unavailabilityCause();
            }

            @Override
            public Transport implementation() {
                return recorder;
            }
        };
    }
}
