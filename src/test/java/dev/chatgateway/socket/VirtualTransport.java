package dev.chatgateway.socket;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.socket.transport.Transport;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** A socket whose peer takes what the test says. */
final class VirtualTransport implements Transport {
    final List<Long> writtenAt = new ArrayList<>();
    long untaken;
    boolean reads = true;
    int pings;
    int closeCode;
    private final Clock clock;

    VirtualTransport(Clock clock) {
        this.clock = clock;
    }

    @Override
    public void open(User user) {}

    @Override
    public void write(FrameBatch run) {
        run.frames().forEach(this::write);
    }

    @Override
    public void write(Frame frame) {
        writtenAt.add(clock.millis());
        untaken += reads ? 0 : frame.size();
    }

    @Override
    public boolean writable() {
        return reads;
    }

    @Override
    public long waiting() {
        return untaken;
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
