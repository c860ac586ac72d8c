package dev.chatgateway.soak;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;

/** What the process holds now, after a collection. */
record Footprint(long heapMiB, long directMiB, long files) {
    private static final long MIB = 1 << 20;

    static Footprint now() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        UnixOperatingSystemMXBean os = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return new Footprint(
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MIB,
                Math.max(0, PlatformDependent.usedDirectMemory()) / MIB,
                os.getOpenFileDescriptorCount());
    }
}
