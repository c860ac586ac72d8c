package dev.chatgateway.socket;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.socket.transport.Transport;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** A transport whose peer reads as the test says. */
final class VirtualTransport implements Transport {
    final List<Long> writtenAt = new ArrayList<>();
    long unread;
    boolean reading = true;
    int pings;
    int closeCode;
    private final Clock clock;

    VirtualTransport(Clock clock) {
        this.clock = clock;
    }

    @Override
    public void open(Listener listener) {}

    @Override
    public void write(FrameBatch batch) {
        batch.frames().forEach(this::write);
    }

    @Override
    public void write(Frame frame) {
        writtenAt.add(clock.millis());
        unread += reading ? 0 : frame.size();
    }

    @Override
    public boolean isWritable() {
        return reading;
    }

    @Override
    public long pendingBytes() {
        return unread;
    }

    @Override
    public void ping() {
        pings++;
    }

    @Override
    public void close(int code, String reason) {
        closeCode = code;
    }

    @Override
    public void pause() {}

    @Override
    public void resume() {}
}
