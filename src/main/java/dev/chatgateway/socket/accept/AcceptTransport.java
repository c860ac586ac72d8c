package dev.chatgateway.socket.accept;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.ListenerConfig;
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
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.TcpConfig;
import io.vertx.core.spi.transport.Transport;
import java.util.concurrent.ThreadFactory;

/**
 * A Vert.x transport that registers each connection of an HTTP listener as an {@link UnauthenticatedConnection} when it
 * is accepted. That is before TLS and PROXY headers, where Vert.x has no handler. HTTP listeners are those with a {@link
 * ListenerConfig}; the listener of the cluster's event bus has none. Everything else is delegated. Thread-safe.
 */
public final class AcceptTransport implements Transport {
    private final Transport delegate;
    private final LiveConfig live;
    private final GatewayMetrics metrics;
    private final TrustedProxies proxies;
    private final FairShares clientShares;

    private AcceptTransport(Transport delegate, LiveConfig live, GatewayMetrics metrics) {
        this.delegate = delegate;
        this.live = live;
        this.metrics = metrics;
        proxies = TrustedProxies.of(live.config().http().trustedProxies());
        clientShares = UnauthenticatedLimits.clientShares(live);
        metrics.sockets().unsigned(clientShares::total);
    }

    /** Wraps a transport. */
    public static io.vertx.core.transport.Transport over(
            io.vertx.core.transport.Transport transport, LiveConfig live, GatewayMetrics metrics) {
        Transport transportWithAccept = new AcceptTransport(transport.implementation(), live, metrics);
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
                return transportWithAccept;
            }
        };
    }

    @Override
    public void configure(TcpConfig options, boolean domainSocket, ServerBootstrap bootstrap) {
        delegate.configure(options, domainSocket, bootstrap);
        if (options instanceof ListenerConfig listener) {
            bootstrap.handler(new AcceptHandler(limits(listener)));
        }
    }

    private UnauthenticatedLimits limits(ListenerConfig listener) {
        GatewayConfig config = live.config();
        boolean client = Listeners.isForClients(config, listener);
        return new UnauthenticatedLimits(
                client ? clientShares : UnauthenticatedLimits.otherShares(live),
                listener.secure(),
                client,
                live::limits,
                client ? proxies : TrustedProxies.none(),
                metrics);
    }

    @Override
    public boolean supportsDomainSockets() {
        return delegate.supportsDomainSockets();
    }

    @Override
    public boolean supportFileRegion() {
        return delegate.supportFileRegion();
    }

    @Override
    public boolean isAvailable() {
        return delegate.isAvailable();
    }

    @Override
    public Throwable unavailabilityCause() {
        return delegate.unavailabilityCause();
    }

    @Override
    public java.net.SocketAddress convert(SocketAddress address) {
        return delegate.convert(address);
    }

    @Override
    public SocketAddress convert(java.net.SocketAddress address) {
        return delegate.convert(address);
    }

    @Override
    public IoHandlerFactory ioHandlerFactory() {
        return delegate.ioHandlerFactory();
    }

    @Override
    public EventLoopGroup eventLoopGroup(int type, int threads, ThreadFactory threadFactory, int ioRatio) {
        return delegate.eventLoopGroup(type, threads, threadFactory, ioRatio);
    }

    @Override
    public ChannelFactory<? extends DatagramChannel> datagramChannelFactory() {
        return delegate.datagramChannelFactory();
    }

    @Override
    @SuppressWarnings("deprecation") // of the interface
    public DatagramChannel datagramChannel(InternetProtocolFamily family) {
        return delegate.datagramChannel(family);
    }

    @Override
    public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
        return delegate.channelFactory(domainSocket);
    }

    @Override
    public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
        return delegate.serverChannelFactory(domainSocket);
    }

    @Override
    public void configure(DatagramChannel channel, DatagramSocketOptions options) {
        delegate.configure(channel, options);
    }

    @Override
    public void configure(TcpConfig options, boolean domainSocket, Bootstrap bootstrap) {
        delegate.configure(options, domainSocket, bootstrap);
    }
}
