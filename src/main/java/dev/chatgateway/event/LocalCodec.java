package dev.chatgateway.event;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;

/**
 * Hands an immutable object over the event bus as it is. What is sent so never leaves the node.
 *
 * @param <T> what is sent
 */
public final class LocalCodec<T> implements MessageCodec<T, T> {
    private final String name;

    private LocalCodec(String name) {
        this.name = name;
    }

    /** The options to send with; registers the codec once per event bus. Only who sends needs it. */
    public static DeliveryOptions options(EventBus bus, String name) {
        try {
            bus.registerCodec(new LocalCodec<>(name));
        } catch (IllegalStateException alreadyThere) {
            // Whoever came first has registered the same codec.
        }
        return new DeliveryOptions().setLocalOnly(true).setCodecName(name);
    }

    @Override
    public T transform(T object) {
        return object;
    }

    @Override
    public void encodeToWire(Buffer buffer, T object) {
        throw new UnsupportedOperationException(name + ": sent to another node (expected: local delivery)");
    }

    @Override
    public T decodeFromWire(int position, Buffer buffer) {
        throw new UnsupportedOperationException(name + ": received from another node (expected: local delivery)");
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public byte systemCodecID() {
        return -1;
    }
}
