package dev.chatgateway.event;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;

/**
 * Event bus codec that passes immutable objects by reference. Such messages never leave the node.
 *
 * @param <T> type of the messages
 */
public final class LocalCodec<T> implements MessageCodec<T, T> {
    private final String name;

    private LocalCodec(String name) {
        this.name = name;
    }

    /** Delivery options for the sender. Registers the codec once per event bus; receivers need no codec. */
    public static DeliveryOptions options(EventBus bus, String name) {
        try {
            bus.registerCodec(new LocalCodec<>(name));
        } catch (IllegalStateException registered) {
            // Registered before, by another sender on this event bus.
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
