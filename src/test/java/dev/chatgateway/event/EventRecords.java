package dev.chatgateway.event;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The records that a {@link ChatEvent} can be. */
public final class EventRecords {
    private EventRecords() {}

    /** All of them. */
    public static Set<Class<?>> all() {
        return below(ChatEvent.class).collect(Collectors.toSet());
    }

    private static Stream<Class<?>> below(Class<?> sealed) {
        Class<?>[] permitted = sealed.getPermittedSubclasses();
        return permitted == null ? Stream.of(sealed) : Arrays.stream(permitted).flatMap(EventRecords::below);
    }
}
