package dev.chatgateway.socket.connection;

import dev.chatgateway.socket.transport.Transport;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** What comes from a connection's socket, to where it belongs. Owned by one event loop. */
final class FrameHandler implements Transport.User {
    private final Connection connection;
    private final SocketChannel channel;
    private final RpcRequests requests;
    private final Heartbeat pulse;
    private final SocketContext services;
    private final MessageAssembler assembler;
    private final Consumer<Connection> behind;

    /** @param behind told when the peer has not taken all that was sent */
    FrameHandler(
            Connection connection,
            SocketChannel channel,
            RpcRequests requests,
            Heartbeat pulse,
            SocketContext services,
            Consumer<Connection> behind) {
        this.connection = connection;
        this.channel = channel;
        this.requests = requests;
        this.behind = behind;
        this.pulse = pulse;
        this.services = services;
        assembler = new MessageAssembler(services.limits().frameBytes());
    }

    @Override
    public void frame(Transport.Opcode opcode, boolean last, ByteBuffer data) {
        long nowMs = services.clock().millis();
        pulse.heard(nowMs, data.remaining());
        channel.traffic().read(data.remaining());
        if (opcode == Transport.Opcode.PONG) {
            ponged(pulse.pong(nowMs));
        }
        MessageAssembler.Outcome outcome = assembler.take(opcode, last, data);
        if (outcome instanceof MessageAssembler.Outcome.Text text && !channel.closed()) {
            requests.take(text.text());
        } else if (outcome instanceof MessageAssembler.Outcome.Refused refused) {
            channel.close(refused.code());
        }
    }

    private void ponged(long rttMs) {
        if (rttMs >= 0) {
            services.metrics().sockets().pong(rttMs);
        }
    }

    @Override
    public void closing() {
        channel.gone();
    }

    @Override
    public void drained() {
        channel.drained();
    }

    @Override
    public void behind() {
        behind.accept(connection);
    }

    @Override
    public void ended(int closeCode) {
        connection.ended(closeCode);
    }
}
