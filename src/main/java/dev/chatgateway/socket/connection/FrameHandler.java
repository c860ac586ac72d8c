package dev.chatgateway.socket.connection;

import dev.chatgateway.socket.transport.Transport;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Passes the events of a socket to the parts of its connection. Owned by one event loop. */
final class FrameHandler implements Transport.Listener {
    private final Connection connection;
    private final SocketChannel channel;
    private final RpcRequests requests;
    private final Heartbeat heartbeat;
    private final SocketContext socketContext;
    private final MessageAssembler assembler;
    private final Consumer<Connection> onBacklog;

    /** @param onBacklog called when the operating system did not accept all output */
    FrameHandler(
            Connection connection,
            SocketChannel channel,
            RpcRequests requests,
            Heartbeat heartbeat,
            SocketContext socketContext,
            Consumer<Connection> onBacklog) {
        this.connection = connection;
        this.channel = channel;
        this.requests = requests;
        this.onBacklog = onBacklog;
        this.heartbeat = heartbeat;
        this.socketContext = socketContext;
        assembler = new MessageAssembler(socketContext.limits().frameBytes());
    }

    @Override
    public void frameReceived(Transport.Opcode opcode, boolean last, ByteBuffer data) {
        long nowMs = socketContext.clock().millis();
        heartbeat.frameReceived(nowMs, data.remaining());
        channel.traffic().received(data.remaining());
        if (opcode == Transport.Opcode.PONG) {
            reportPong(heartbeat.pongReceived(nowMs));
        }
        MessageAssembler.Outcome outcome = assembler.accept(opcode, last, data);
        if (outcome instanceof MessageAssembler.Outcome.Text text && !channel.isClosed()) {
            requests.receive(text.text());
        } else if (outcome instanceof MessageAssembler.Outcome.Refused refused) {
            channel.close(refused.code());
        }
    }

    private void reportPong(long rttMs) {
        if (rttMs >= 0) {
            socketContext.metrics().sockets().pong(rttMs);
        }
    }

    @Override
    public void closeStarted() {
        channel.discard();
    }

    @Override
    public void writable() {
        channel.writeQueued();
    }

    @Override
    public void backlogged() {
        onBacklog.accept(connection);
    }

    @Override
    public void closed(int closeCode) {
        connection.socketClosed(closeCode);
    }
}
