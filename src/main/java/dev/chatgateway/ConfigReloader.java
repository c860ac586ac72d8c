package dev.chatgateway;

import dev.chatgateway.config.ConfigChanges;
import dev.chatgateway.config.ConfigException;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.tls.TlsFiles;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies changed files without a restart: the certificates of the TLS listener, and the configuration. If a new file is
 * invalid, one log line says why, and the old content stays in force. Runs on one context; files are read on a worker.
 */
final class ConfigReloader {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigReloader.class);
    private static final long INTERVAL_MS = 2_000;

    private final Vertx vertx;
    private final LiveConfig live;
    private final GatewayMetrics metrics;
    private final Clock clock;
    private final TlsFiles certificates;
    private final Function<ServerSSLOptions, Future<Void>> secure;
    private final FileChangeDetector certificateFiles;
    private final Context context;
    private volatile @Nullable ConfigFile configuration;
    private boolean busy;

    /**
     * Blocking: reads the files to compare them with later content.
     *
     * @param secure replaces the certificates of the TLS listener
     */
    ConfigReloader(
            Vertx vertx,
            LiveConfig live,
            GatewayMetrics metrics,
            Clock clock,
            TlsFiles certificates,
            Function<ServerSSLOptions, Future<Void>> secure) {
        this.vertx = vertx;
        this.live = live;
        this.metrics = metrics;
        this.clock = clock;
        this.certificates = certificates;
        this.secure = secure;
        certificateFiles = FileChangeDetector.known(certificates.files());
        context = vertx.getOrCreateContext();
        context.runOnContext(turn -> vertx.setPeriodic(INTERVAL_MS, timer -> check(false)));
    }

    private record ConfigFile(Path path, Map<String, String> environment, FileChangeDetector watch) {}

    /** Starts to watch the configuration file, too. */
    void follow(Path path, Map<String, String> environment) {
        configuration = new ConfigFile(path, environment, FileChangeDetector.unread(List.of(path)));
    }

    /** Reads all files now, changed or not (SIGHUP). Any thread. */
    void reload() {
        context.runOnContext(turn -> check(true));
    }

    /** One check at a time: while one runs, the periodic check is skipped, and a signal is retried later. */
    private void check(boolean always) {
        if (busy) {
            if (always) {
                vertx.setTimer(INTERVAL_MS / 4, timer -> check(true));
            }
            return;
        }
        busy = true;
        vertx.executeBlocking(() -> {
                    reconfigure(always);
                    return certificateFiles.changed() || always ? loadCertificates() : null;
                })
                .compose(loaded -> loaded == null ? Future.succeededFuture() : install(loaded))
                .onFailure(failure -> LOG.error("files could not be read again", failure))
                .onComplete(done -> busy = false);
    }

    private TlsFiles.@Nullable Loaded loadCertificates() {
        try {
            TlsFiles.Loaded loaded = certificates.load(vertx);
            Instant now = clock.instant();
            if (now.isBefore(loaded.notAfter()) && !now.isBefore(loaded.notBefore())) {
                return loaded;
            }
            refused(certificates.certificate() + ": valid from " + loaded.notBefore() + " to " + loaded.notAfter());
        } catch (IOException e) {
            refused(StartFailure.line(e));
        }
        return null;
    }

    private void refused(String why) {
        metrics.reloaded("certificate", "refused");
        LOG.warn("certificate not taken, the one before stays in force: {}", why);
    }

    private Future<Void> install(TlsFiles.Loaded loaded) {
        return secure.apply(loaded.options())
                .onSuccess(done -> {
                    metrics.reloaded("certificate", "taken");
                    metrics.certificateEnds("clients", loaded.notAfter());
                    LOG.info("certificate taken: valid to {}", loaded.notAfter());
                })
                .otherwise(failure -> {
                    refused(String.valueOf(failure.getMessage()));
                    return null;
                });
    }

    private void reconfigure(boolean always) {
        ConfigFile file = configuration;
        if (file == null || (!file.watch.changed() && !always)) {
            return;
        }
        try {
            GatewayConfig before = live.config();
            ConfigChanges changes = ConfigChanges.between(
                    before,
                    new ConfigLoader()
                            .load(Optional.of(file.path), file.environment)
                            .config());
            if (changes.taken().isEmpty() && changes.refused().isEmpty() && !always) {
                return;
            }
            live.replace(changes.config());
            if (!changes.config().logging().equals(before.logging())) {
                LoggingSetup.level(changes.config().logging().level());
            }
            metrics.reloaded("configuration", changes.refused().isEmpty() ? "taken" : "partly");
            LOG.info("configuration read again, changed: {}", changes.taken());
            changes.refused().forEach(refusal -> LOG.warn("not changed: {}", refusal));
        } catch (ConfigException e) {
            metrics.reloaded("configuration", "refused");
            e.explained().forEach(problem -> LOG.warn("configuration not taken, the one before stays: {}", problem));
        }
    }
}
