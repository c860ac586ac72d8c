package dev.chatgateway.socket.accept;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.config.TrustedProxies;
import dev.chatgateway.metrics.GatewayMetrics;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ClientOptionsBase;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.transport.Transport;
import java.util.concurrent.ThreadFactory;

/**
 * A transport of Vert.x that looks at each connection of an HTTP listener when it is accepted: before TLS and PROXY
 * headers, for which Vert.x has no handler. Everything else is done by the transport below. Any thread.
 */
public final class AcceptTransport implements Transport {
    private final Transport below;
    private final LiveConfig live;
    private final GatewayMetrics metrics;
    private final TrustedProxies proxies;
    private final FairShares clients;

    private AcceptTransport(Transport below, LiveConfig live, GatewayMetrics metrics) {
        this.below = below;
        this.live = live;
        this.metrics = metrics;
        proxies = TrustedProxies.of(live.config().http().trustedProxies());
        clients = ArrivalRules.clientShares(live);
        metrics.sockets().unsigned(clients::total);
    }

    /** The same transport with eyes for new connections. */
    public static io.vertx.core.transport.Transport over(
            io.vertx.core.transport.Transport transport, LiveConfig live, GatewayMetrics metrics) {
        Transport watching = new AcceptTransport(transport.implementation(), live, metrics);
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
                return watching;
            }
        };
    }

    @Override
    public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
        below.configure(options, domainSocket, bootstrap);
        if (options instanceof HttpServerOptions http) {
            bootstrap.handler(new AcceptHandler(rules(http)));
        }
    }

    private ArrivalRules rules(HttpServerOptions options) {
        GatewayConfig config = live.config();
        boolean client = Listeners.isForClients(config, options);
        return new ArrivalRules(
                client ? clients : ArrivalRules.otherShares(live),
                options.isSsl(),
                client,
                live::limits,
                client ? proxies : TrustedProxies.none(),
                metrics);
    }

    @Override
    public boolean supportsDomainSockets() {
        return below.supportsDomainSockets();
    }

    @Override
    public boolean supportFileRegion() {
        return below.supportFileRegion();
    }

    @Override
    public boolean isAvailable() {
        return below.isAvailable();
    }

    @Override
    public Throwable unavailabilityCause() {
        return below.unavailabilityCause();
    }

    @Override
    public java.net.SocketAddress convert(SocketAddress address) {
        return below.convert(address);
    }

    @Override
    public SocketAddress convert(java.net.SocketAddress address) {
        return below.convert(address);
    }

    @Override
    public IoHandlerFactory ioHandlerFactory() {
        return below.ioHandlerFactory();
    }

    @Override
    public EventLoopGroup eventLoopGroup(int type, int threads, ThreadFactory threadFactory, int ioRatio) {
        return below.eventLoopGroup(type, threads, threadFactory, ioRatio);
    }

    @Override
    public DatagramChannel datagramChannel() {
        return below.datagramChannel();
    }

    @Override
    @SuppressWarnings("deprecation") // of the interface
    public DatagramChannel datagramChannel(InternetProtocolFamily family) {
        return below.datagramChannel(family);
    }

    @Override
    public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
        return below.channelFactory(domainSocket);
    }

    @Override
    public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
        return below.serverChannelFactory(domainSocket);
    }

    @Override
    public void configure(DatagramChannel channel, DatagramSocketOptions options) {
        below.configure(channel, options);
    }

    @Override
    public void configure(ClientOptionsBase options, int connectTimeout, boolean domainSocket, Bootstrap bootstrap) {
        below.configure(options, connectTimeout, domainSocket, bootstrap);
    }
}
