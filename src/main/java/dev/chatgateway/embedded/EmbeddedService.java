package dev.chatgateway.embedded;

import dev.chatgateway.embedded.auth.AccessKey;
import dev.chatgateway.embedded.auth.AccessTokens;
import dev.chatgateway.embedded.auth.Authenticator;
import dev.chatgateway.embedded.auth.HmacVerifier;
import dev.chatgateway.embedded.faults.FaultSwitches;
import dev.chatgateway.embedded.faults.FaultsJson;
import dev.chatgateway.embedded.faults.Realism;
import dev.chatgateway.embedded.http.EmbeddedOptions;
import dev.chatgateway.embedded.http.HttpListener;
import dev.chatgateway.embedded.http.RateLimits;
import dev.chatgateway.embedded.http.RequestProcessor;
import dev.chatgateway.embedded.operations.Identifiers;
import dev.chatgateway.embedded.operations.LiveChannel;
import dev.chatgateway.embedded.store.DiskStore;
import dev.chatgateway.embedded.store.MemoryStore;
import dev.chatgateway.embedded.store.Migration;
import dev.chatgateway.embedded.store.Rows;
import dev.chatgateway.embedded.store.Store;
import dev.chatgateway.embedded.store.Tables;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The embedded ACS-compatible chat and identity service (docs/embedded.md). Its operations are reached over HTTP only;
 * this class starts and stops the service and gives access to its fault switches.
 */
public final class EmbeddedService {
    private static final String RESOURCE = "resource";

    private final Vertx vertx;
    private final EmbeddedOptions options;
    private final Clock clock;
    private final FaultSwitches faults;
    private final RandomGenerator random;
    private final LiveChannel channel;
    private @Nullable Running running;

    /** @param clock time of the service, to which the clock fault is added */
    public EmbeddedService(Vertx vertx, EmbeddedOptions options, Clock clock) {
        this(vertx, options, clock, LiveChannel.NONE);
    }

    /** The same with a live channel that official clients find by this service. */
    public EmbeddedService(Vertx vertx, EmbeddedOptions options, Clock clock, LiveChannel channel) {
        this(vertx, options, clock, new Random(), channel);
    }

    /** @param random source of {@link Realism}; used by several threads */
    EmbeddedService(Vertx vertx, EmbeddedOptions options, Clock clock, RandomGenerator random, LiveChannel channel) {
        this.channel = channel;
        this.random = random;
        this.vertx = vertx;
        this.options = options;
        this.clock = clock;
        this.faults = new FaultSwitches(options.faults());
    }

    /**
     * Addresses of a started service.
     *
     * @param endpoint {@code https://localhost:<port>}
     * @param httpPort port of the plain listener, or null
     * @param connectionString endpoint and access key (a secret) in the form of the official clients
     */
    public record Started(String endpoint, @Nullable Integer httpPort, String connectionString) {
        /** Without the access key, so that the record can be logged. */
        @Override
        public String toString() {
            return "Started[endpoint=" + endpoint + ", httpPort=" + httpPort + "]";
        }
    }

    private record Prepared(Store store, Tables tables, AccessKey key) {}

    private record Running(Store store, String deployment) {}

    /**
     * Opens the storage and binds the listeners. Call once, from any thread.
     *
     * @return fails with one line that names the wrong address, file or setting; then nothing is running
     */
    public Future<Started> start() {
        return vertx.executeBlocking(this::prepare).compose(prepared -> deploy(prepared)
                .recover(failure -> prepared.store().close().transform(closed -> Future.failedFuture(failure))));
    }

    /** Closes the listeners, then the storage. Accepted requests are finished first. */
    public Future<Void> close() {
        Running ending;
        synchronized (this) {
            ending = running;
            running = null;
        }
        if (ending == null) {
            return Future.succeededFuture();
        }
        return vertx.undeploy(ending.deployment())
                .eventually(() -> ending.store().close())
                .mapEmpty();
    }

    /** Why changes cannot be stored now; empty if they can. Any thread. */
    public synchronized Optional<String> storageFailure() {
        return running == null ? Optional.empty() : running.store().failure();
    }

    /** The fault switches; a change takes effect at once. */
    public FaultSwitches faults() {
        return faults;
    }

    private Prepared prepare() throws IOException {
        requireReadable("certificate", options.certificate());
        requireReadable("key", options.key());
        FaultsJson.check(options.faults());
        AccessKey key = AccessKey.loadOrCreate(options.accessKey(), options.dataDirectory());
        Path storage = options.storage();
        Store store = storage == null ? new MemoryStore() : DiskStore.open(vertx, storage);
        return new Prepared(store, Tables.of(store), key);
    }

    private static void requireReadable(String what, Path file) throws IOException {
        if (!Files.isReadable(file)) {
            throw new IOException("embedded " + what + ": " + file + " cannot be read");
        }
    }

    private Future<Started> deploy(Prepared prepared) {
        Store store = prepared.store();
        HttpListener listener =
                new HttpListener(options, clock, faults, store, () -> processor(prepared.tables(), prepared.key()));
        return vertx.deployVerticle(listener).map(deployment -> {
            synchronized (this) {
                running = new Running(store, deployment);
            }
            String endpoint = "https://localhost:" + listener.port();
            String configured = Objects.requireNonNullElse(options.publicEndpoint(), endpoint);
            return new Started(
                    endpoint,
                    listener.httpPort(),
                    "endpoint=" + configured + "/;accesskey=" + prepared.key().text());
        });
    }

    /** Runs inside {@link Store#run}. */
    private RequestProcessor processor(Tables tables, AccessKey key) {
        Migration.run(tables);
        Rows.Setting known = tables.settings().get(RESOURCE);
        String resource = known == null ? UUID.randomUUID().toString() : known.value();
        if (known == null) {
            tables.settings().put(RESOURCE, new Rows.Setting(resource));
        }
        AccessTokens tokens = new AccessTokens(key.tokenKey(), resource);
        Authenticator authenticator = new Authenticator(tables.identities(), tokens, new HmacVerifier(key), faults);
        return new RequestProcessor(
                tables,
                new Identifiers(resource),
                tokens,
                authenticator,
                options.rateLimits() ? new RateLimits() : null,
                options.fractionDigits(),
                options.realism() ? Realism.recorded(random) : Realism.none(),
                channel);
    }
}
