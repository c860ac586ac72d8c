package dev.chatgateway.signaling;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.signaling.wire.Packet;
import dev.chatgateway.signaling.wire.PacketLimit;
import dev.chatgateway.signaling.wire.SignalingUrls;
import dev.chatgateway.socket.connection.ConnectionSlot;
import dev.chatgateway.socket.connection.MessageAssembler;
import dev.chatgateway.socket.transport.Transport;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket of a session. Answers pings and heartbeats by itself. The socket belongs to the event loop that accepted it;
 * the session may belong to another loop of the node, so that every call between the two goes through {@link
 * LoopContext#run}.
 */
final class WebSocketLink implements Link, Transport.Listener {
    private static final int NORMAL = 1000;
    /** A client pings every 40 s. */
    private static final long SILENT_MS = 90_000;

    private static final long BEAT_MS = SignalingUrls.HEARTBEAT_SECONDS * 1000L / 2;

    private final String id;
    private final @Nullable String clientVersion;
    private final LoopContext here;
    private final Transport transport;
    private final ConnectionSlot slot;
    private final Consumer<WebSocketLink> onEnd;
    private final GatewayMetrics metrics;
    private final MessageAssembler assembler;
    private final PacketLimit limit = new PacketLimit();
    private @Nullable SignalingSession session;
    private long heardMs;
    private long writtenMs;
    private boolean closing;
    private volatile boolean over;

    WebSocketLink(
            String id,
            @Nullable String clientVersion,
            LoopContext here,
            Transport transport,
            ConnectionSlot slot,
            Consumer<WebSocketLink> onEnd) {
        this.id = id;
        this.clientVersion = clientVersion;
        this.here = here;
        this.transport = transport;
        this.slot = slot;
        this.onEnd = onEnd;
        metrics = here.node().metrics();
        assembler = new MessageAssembler(here.node().live().limits().frameBytes());
        heardMs = here.nowMs();
        writtenMs = heardMs;
    }

    /** The session that the socket serves from now on. */
    void serve(SignalingSession served) {
        session = served;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String transport() {
        return "websocket";
    }

    @Override
    public @Nullable String clientVersion() {
        return clientVersion;
    }

    @Override
    public boolean open() {
        return !over;
    }

    @Override
    public void send(byte[] packet) {
        here.run(home(), () -> write(packet));
    }

    @Override
    public void send(List<byte[]> packets) {
        here.run(home(), () -> write(packets));
    }

    @Override
    public void close(byte[] last) {
        here.run(home(), () -> end(last));
    }

    private @Nullable LoopContext home() {
        SignalingSession served = session;
        return served == null ? null : served.loop();
    }

    /** On the socket's own loop. */
    void end(byte[] last) {
        write(last);
        if (!closing) {
            closing = true;
            transport.close(NORMAL, "");
        }
    }

    private void write(byte[] packet) {
        if (closing || over) {
            return;
        }
        if (transport.pendingBytes() > here.node().live().limits().outboundBytes()) {
            overflowed();
            return;
        }
        writtenMs = here.nowMs();
        transport.write(Frame.ofUtf8(packet));
    }

    /** Writes the packets as one batch: one buffer and, if the socket accepts all of it, one system call. */
    private void write(List<byte[]> packets) {
        if (closing || over || packets.isEmpty()) {
            return;
        }
        long mostBytes = here.node().live().limits().outboundBytes();
        long pendingBytes = transport.pendingBytes();
        List<Frame> frames = new ArrayList<>(packets.size());
        for (byte[] packet : packets) {
            if (pendingBytes <= mostBytes) {
                frames.add(Frame.ofUtf8(packet));
                pendingBytes += packet.length;
            }
        }
        writtenMs = here.nowMs();
        FrameBatch.of(frames, 1).forEach(transport::write);
        if (frames.size() < packets.size()) {
            overflowed();
        }
    }

    /** The client does not read, and its packets are answered all the same. */
    private void overflowed() {
        metrics.limitHit("signaling.outboundBytes");
        closing = true;
        transport.close(NORMAL, "");
    }

    /** Sends heartbeats; closes a socket that is silent. On the socket's own loop, every few seconds. */
    void keepAlive(long nowMs) {
        if (nowMs - heardMs >= SILENT_MS) {
            metrics.limitHit("signaling.silent");
            end(Packet.GOODBYE);
        } else if (nowMs - writtenMs >= BEAT_MS) {
            write(Packet.BEAT);
        }
    }

    @Override
    public void frameReceived(Transport.Opcode opcode, boolean last, ByteBuffer data) {
        heardMs = here.nowMs();
        // The frame decoder admits no text frame among the fragments of another message.
        long pushId = opcode == Transport.Opcode.TEXT && last && !closing ? Packet.acknowledgement(data) : -1;
        if (pushId >= 0) {
            if (allowed()) {
                acknowledged(pushId);
            }
            return;
        }
        MessageAssembler.Outcome outcome = assembler.accept(opcode, last, data);
        if (outcome instanceof MessageAssembler.Outcome.Text text && !closing) {
            received(text.text());
        } else if (outcome instanceof MessageAssembler.Outcome.Refused refused && !closing) {
            closing = true;
            CloseCode code = refused.code();
            transport.close(code.number(), code.token());
        }
    }

    private boolean allowed() {
        boolean allowed = limit.allows(1, heardMs);
        if (!allowed) {
            metrics.limitHit("signaling.packets");
            end(Packet.GOODBYE);
        }
        return allowed;
    }

    private void received(String text) {
        if (!allowed()) {
            return;
        }
        Packet packet = Packet.parse(text).orElse(null);
        if (packet == null) {
            return;
        }
        byte[] answer = packet.answer();
        if (answer != null) {
            write(answer);
        }
        if (packet.type() == Packet.DISCONNECT) {
            closing = true;
            transport.close(NORMAL, "");
        }
        acknowledged(packet.acknowledged());
    }

    private void acknowledged(long pushId) {
        SignalingSession served = session;
        if (pushId >= 0 && served != null) {
            served.loop().run(here, () -> served.acknowledged(pushId));
        }
    }

    @Override
    public void closeStarted() {
        closing = true;
    }

    @Override
    public void writable() {
        // Pushes wait for acknowledgements, not for this.
    }

    @Override
    public void backlogged() {
        // Each write checks what is pending.
    }

    @Override
    public void closed(int code) {
        if (over) {
            return;
        }
        over = true;
        closing = true;
        onEnd.accept(this);
        slot.release();
        metrics.sockets().connectionClosed(CloseCode.label(code));
        SignalingSession served = session;
        if (served != null) {
            served.loop().run(here, () -> served.ended(this));
        }
    }
}
