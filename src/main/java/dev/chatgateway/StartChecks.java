package dev.chatgateway;

import dev.chatgateway.cluster.HazelcastEngine;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.SecretFile;
import dev.chatgateway.tls.TlsFiles;
import dev.chatgateway.tracing.Tracing;
import dev.chatgateway.upstream.client.TrustedAuthorities;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds problems that would make a start fail although every key has a valid value: reads certificates, keys and
 * Hazelcast's file as the start does. For {@code --check-config}; opens no port and writes nothing. Blocking.
 */
final class StartChecks {
    private final Vertx vertx;
    private final List<String> problems = new ArrayList<>();

    private StartChecks(Vertx vertx) {
        this.vertx = vertx;
    }

    /** The problems, each in the form {@code https.certificate: what is wrong with the file}. */
    static List<String> problems(GatewayConfig config) {
        Vertx vertx = Vertx.vertx();
        try {
            StartChecks checks = new StartChecks(vertx);
            checks.check(config);
            return checks.problems;
        } finally {
            vertx.close();
        }
    }

    /** A step of the start. */
    private interface Step {
        void run() throws Exception;
    }

    private void check(GatewayConfig config) {
        GatewayConfig.Https https = config.https();
        pair("https.certificate", https.certificate(), https.key());
        authorities("https.clientAuthority", https.clientAuthority());
        String trusted = config.upstream().trustedCertificates();
        if (trusted != null) {
            check("upstream.trustedCertificates", () -> TrustedAuthorities.with(List.of(Path.of(trusted)))
                    .options());
        }
        GatewayConfig.Cluster cluster = config.cluster();
        if (cluster.enabled()) {
            pair("cluster.certificate", cluster.certificate(), cluster.key());
            authorities("cluster.authority", cluster.authority());
            check("cluster.engine", () -> HazelcastEngine.of(cluster));
        }
        Path key = Path.of(config.data().directory(), GatewayNode.SIGNING_KEY_FILE);
        if (config.signing().key() == null && Files.exists(key)) {
            check("data.directory", () -> SecretFile.loadOrCreate(key, GatewayNode.SIGNING_KEY_BYTES));
        }
        check("process.transport", () -> NetworkTransport.of(config.process().transport()));
        check("tracing.enabled", () -> Tracing.of(config.tracing()).close());
    }

    private void pair(String name, @Nullable String certificate, @Nullable String key) {
        if (certificate != null && key != null) {
            check(name, () -> new TlsFiles(Path.of(certificate), Path.of(key), null, 1).load(vertx));
        }
    }

    private void authorities(String name, @Nullable String file) {
        if (file != null) {
            check(name, () -> TlsFiles.authorities(Path.of(file), vertx));
        }
    }

    private void check(String key, Step step) {
        try {
            step.run();
        } catch (Exception e) {
            String line = StartFailure.line(e);
            problems.add(line.startsWith(key + ": ") ? line : key + ": " + line);
        }
    }
}
