package dev.chatgateway.config;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks that a schema can't express: keys that depend on each other, files that must be readable. */
final class ConfigChecks {
    private static final int KEY_BYTES = 16;
    private static final Pattern HEADER_TEXT = Pattern.compile("[ -~]*");

    /** Time that a drain needs besides the reconnects of clients: hand-over of threads, end of the rest. */
    private static final int HAND_OVER_SECONDS = 5;

    private ConfigChecks() {}

    static List<String> problems(GatewayConfig config) {
        List<String> problems = new ArrayList<>();
        AddressChecks.check(config, problems);
        cluster(config, problems);
        embedded(config, problems);
        signing(config, problems);
        readable("https.certificate", config.https().certificate(), problems);
        readable("https.key", config.https().key(), problems);
        readable("https.clientAuthority", config.https().clientAuthority(), problems);
        readable("upstream.trustedCertificates", config.upstream().trustedCertificates(), problems);
        if ((config.https().certificate() == null) != (config.https().key() == null)) {
            problems.add("https.key: " + config.https().key() + " (expected: set together with https.certificate)");
        }
        poll(config.poll(), problems);
        if (config.compression().enabled() && config.process().plainSockets()) {
            problems.add("compression.enabled: true (expected: false with process.plainSockets)");
        }
        if (config.limits().pingSeconds() >= config.limits().idleSeconds()) {
            problems.add("limits.pingSeconds: " + config.limits().pingSeconds()
                    + " (expected: less than limits.idleSeconds, "
                    + config.limits().idleSeconds() + ")");
        }
        if (!config.ledger().windows().isEmpty() && config.upstream().endpoint() == null) {
            problems.add("ledger.windows: " + config.ledger().windows().size()
                    + " windows (expected: none without upstream.endpoint, as the embedded service has the published"
                    + " limits)");
        }
        header("management.secret", config.management().secret(), problems);
        header("events.secret", config.events().secret(), problems);
        directory("data.directory", config.data().directory(), problems);
        if (!config.embedded().storage().equals("memory")) {
            directory("embedded.storage", config.embedded().storage(), problems);
        }
        http(config.http(), problems);
        clientAuthority(config, problems);
        PortChecks.problems(config, problems);
        return problems;
    }

    private static void http(GatewayConfig.Http http, List<String> problems) {
        try {
            TrustedProxies.of(http.trustedProxies());
        } catch (IllegalArgumentException e) {
            problems.add("http.trustedProxies: " + e.getMessage());
        }
        if (http.proxyProtocol() && http.trustedProxies().isEmpty()) {
            problems.add("http.proxyProtocol: true (expected: http.trustedProxies set too, as anybody else could name"
                    + " any address)");
        }
    }

    /** A client without a certificate must not be able to use the plain listener instead. */
    private static void clientAuthority(GatewayConfig config, List<String> problems) {
        boolean open = config.http().enabled()
                && !TrustedProxies.loopback(config.http().host());
        if (config.https().clientAuthority() != null && open) {
            problems.add(
                    "http.enabled: true (expected: false with https.clientAuthority, unless http.host is a loopback"
                            + " address, as no certificate is asked for there)");
        }
    }

    private static void poll(GatewayConfig.Poll poll, List<String> problems) {
        if (poll.hotMs() > poll.warmMs()) {
            problems.add("poll.hotMs: " + poll.hotMs() + " (expected: at most poll.warmMs, " + poll.warmMs() + ")");
        }
        if (poll.warmMs() > poll.coldMs()) {
            problems.add("poll.warmMs: " + poll.warmMs() + " (expected: at most poll.coldMs, " + poll.coldMs() + ")");
        }
    }

    private static void cluster(GatewayConfig config, List<String> problems) {
        if (config.cluster().enabled() && config.upstream().endpoint() == null) {
            problems.add("cluster.enabled: true (expected: upstream.endpoint set too, as each node would otherwise have"
                    + " an embedded service of its own)");
        } else if (config.cluster().enabled()) {
            clusterBus(config.cluster(), problems);
        }
        int most = config.process().drainSeconds() - HAND_OVER_SECONDS;
        if (config.reconnectSeconds() > 0 && config.reconnectSeconds() > most) {
            problems.add("process.reconnectSeconds: " + config.reconnectSeconds() + " (expected: 0 to " + most + ", "
                    + HAND_OVER_SECONDS + " less than process.drainSeconds, as threads are handed over too)");
        }
    }

    private static void clusterBus(GatewayConfig.Cluster cluster, List<String> problems) {
        String host = cluster.host();
        if (host == null || Set.of("0.0.0.0", "::").contains(host)) {
            problems.add("cluster.host: " + host + " (expected: an address that the other nodes reach)");
        }
        readable("cluster.engine", cluster.engine(), problems);
        readable("cluster.certificate", cluster.certificate(), problems);
        readable("cluster.key", cluster.key(), problems);
        readable("cluster.authority", cluster.authority(), problems);
        boolean all = cluster.certificate() != null && cluster.key() != null && cluster.authority() != null;
        if (!all && !cluster.insecure()) {
            problems.add("cluster.insecure: false (expected: true, or cluster.certificate, cluster.key and"
                    + " cluster.authority set)");
        }
        if (cluster.service() != null && !cluster.members().isEmpty()) {
            problems.add("cluster.members: " + cluster.members() + " (expected: none with cluster.service)");
        }
    }

    private static void embedded(GatewayConfig config, List<String> problems) {
        if (Boolean.FALSE.equals(config.embedded().enabled())
                && config.upstream().endpoint() == null) {
            problems.add("upstream.endpoint: null (expected: an endpoint, as embedded.enabled is false)");
        }
        key("embedded.accessKey", config.embedded().accessKey(), problems);
        for (GatewayConfig.Embedded.Faults.Rule rule :
                config.embedded().faults().rules()) {
            if (rule.kind().equals("status") != (rule.status() != null)) {
                problems.add("embedded.faults.rules.status: " + rule.status()
                        + " (expected: a status with kind 'status', none with kind 'drop')");
            }
        }
    }

    private static void signing(GatewayConfig config, List<String> problems) {
        key("signing.key", config.signing().key(), problems);
        key("signing.previousKey", config.signing().previousKey(), problems);
        if (config.cluster().enabled() && config.signing().key() == null) {
            problems.add("signing.key: null (expected: a key, the same on all nodes, as cluster.enabled is true)");
        }
    }

    private static void key(String name, @Nullable String key, List<String> problems) {
        if (key != null && !isKey(key)) {
            problems.add(name + ": (hidden) (expected: base64 of " + KEY_BYTES + " bytes or more)");
        }
    }

    private static boolean isKey(String text) {
        try {
            return Base64.getDecoder().decode(text).length >= KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static void readable(String key, @Nullable String file, List<String> problems) {
        Optional<Path> path = Optional.ofNullable(file).flatMap(ConfigChecks::path);
        if (file != null
                && path.filter(p -> Files.isReadable(p) && !Files.isDirectory(p))
                        .isEmpty()) {
            problems.add(key + ": " + AddressChecks.shown(file) + " (expected: a readable file)");
        }
    }

    /** The directory may be missing: it is created at the start. */
    private static void directory(String key, String name, List<String> problems) {
        Optional<Path> path = path(name);
        boolean usable = path.isPresent()
                && (!Files.exists(path.get()) || (Files.isDirectory(path.get()) && Files.isWritable(path.get())));
        if (!usable) {
            problems.add(key + ": " + AddressChecks.shown(name) + " (expected: a directory that can be written to)");
        }
    }

    private static Optional<Path> path(String name) {
        try {
            return Optional.of(Path.of(name));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** A value that clients send in a header must consist of characters that a header allows. */
    private static void header(String key, @Nullable String secret, List<String> problems) {
        if (secret != null && !HEADER_TEXT.matcher(secret).matches()) {
            problems.add(key + ": (hidden) (expected: one line of printable ASCII, as it is sent in a header)");
        }
    }
}
