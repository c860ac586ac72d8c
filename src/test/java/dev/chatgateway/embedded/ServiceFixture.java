package dev.chatgateway.embedded;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Services for the tests of a class, one for each storage, with their own Vert.x and data directory. */
public final class ServiceFixture implements BeforeAllCallback, AfterAllCallback {
    private final Clock clock;
    private final boolean limits;
    private final Map<Storage, TestService> services = new EnumMap<>(Storage.class);
    private Vertx vertx;
    private Path data;

    /** Kind of storage. */
    public enum Storage {
        MEMORY,
        DISK
    }

    private ServiceFixture(Clock clock, boolean limits) {
        this.clock = clock;
        this.limits = limits;
    }

    /** Without rate limits, on the system clock. */
    public static ServiceFixture plain() {
        return new ServiceFixture(Clock.systemUTC(), false);
    }

    /** On a clock that the test advances. */
    public static ServiceFixture clocked(boolean limits) {
        return new ServiceFixture(new MutableClock(Instant.parse("2026-03-01T12:00:00Z")), limits);
    }

    public MutableClock clock() {
        return (MutableClock) clock;
    }

    public TestService memory() {
        return on(Storage.MEMORY);
    }

    public TestService on(Storage storage) {
        return services.computeIfAbsent(storage, s -> {
            Path directory = data.resolve(s.name());
            return TestService.start(
                    vertx, directory, clock, limits, s == Storage.DISK ? directory.resolve("db") : null);
        });
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        if (vertx == null) {
            vertx = Vertx.vertx();
            data = Files.createTempDirectory("embedded");
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        services.values().forEach(TestService::close);
        services.clear();
        TestService.await(vertx.close());
        vertx = null;
        try (Stream<Path> files = Files.walk(data)) {
            files.sorted(Comparator.reverseOrder()).forEach(ServiceFixture::delete);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
