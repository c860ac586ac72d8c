package dev.chatgateway.socket;

import io.netty.util.internal.PlatformDependent;

/** Netty's own count of memory outside the heap; the JVM's does not see all of it. */
final class RawMemory {
    private RawMemory() {}

    /** Bytes; 0 where Netty does not count. */
    static long used() {
        return Math.max(0, PlatformDependent.usedDirectMemory());
    }
}
