package dev.chatgateway.socket.transport;

import io.netty.util.internal.PlatformDependent;

/** Netty's own count of memory outside the heap; the JVM's does not see all of it. */
public final class DirectMemory {
    private DirectMemory() {}

    /** Bytes; 0 where Netty does not count. */
    public static long used() {
        return Math.max(0, PlatformDependent.usedDirectMemory());
    }
}
