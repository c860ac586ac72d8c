package dev.chatgateway.socket;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Collects the leaks that Netty detects. Create it before the first buffer is allocated. */
final class Leaks {
    private static final Queue<String> FOUND = new ConcurrentLinkedQueue<>();

    private Leaks() {}

    static void watch() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {
            @Override
            @SuppressWarnings("deprecation")
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> type, int interval, long most) {
                return new ResourceLeakDetector<>(type, interval, most) {
                    @Override
                    protected void reportTracedLeak(String kind, String records) {
                        FOUND.add(kind + records);
                    }

                    @Override
                    protected void reportUntracedLeak(String kind) {
                        FOUND.add(kind);
                    }
                };
            }
        });
    }

    static void check() {
        String leak = FOUND.poll();
        if (leak != null) {
            throw new AssertionError("leaked: " + leak);
        }
    }
}
