package dev.chatgateway.socket.transport;

import io.netty.util.internal.PlatformDependent;

/** Netty's counter of direct memory. The JVM's counter misses memory that Netty allocates without a cleaner. */
public final class DirectMemory {
    private DirectMemory() {}

    /** Bytes in use; 0 if Netty does not count. */
    public static long used() {
        return Math.max(0, PlatformDependent.usedDirectMemory());
    }
}
