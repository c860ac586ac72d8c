package dev.chatgateway.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.config.ConfigException;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The configuration as a pod's gateway would read it: the file of the ConfigMap, the variables of the container, and what
 * Secrets hold at their mount paths, which lie in a directory of the test.
 */
final class PodSettings {
    private static final String SECRET = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    private static final String POD_ADDRESS = "10.1.2.3";

    private final Overlay overlay;
    private final Path directory;
    private final Map<String, String> overrides;

    PodSettings(Overlay overlay, Path directory) {
        this(overlay, directory, Map.of());
    }

    /** @param overrides variables that the test sets */
    PodSettings(Overlay overlay, Path directory, Map<String, String> overrides) {
        this.overlay = overlay;
        this.directory = directory;
        this.overrides = overrides;
    }

    GatewayConfig load() throws IOException, ConfigException {
        List<String> secrets = secretMounts();
        for (String mount : secrets) {
            Files.createDirectories(at(mount));
            for (String file : List.of("tls.crt", "tls.key", "ca.crt")) {
                Files.writeString(at(mount).resolve(file), "");
            }
        }
        Path file = Files.writeString(directory.resolve("gateway.yaml"), placed(overlay.configuration(), secrets));
        Map<String, String> environment = new HashMap<>();
        overlay.container().path("env").forEach(variable -> value(variable)
                .ifPresent(value -> environment.put(variable.path("name").asText(), placed(value, secrets))));
        environment.putAll(overrides);
        return new ConfigLoader().load(Optional.of(file), environment).config();
    }

    private Path at(String mount) {
        return directory.resolve(mount.substring(1));
    }

    private String placed(String text, List<String> mounts) {
        String placed = text;
        for (String mount : mounts) {
            placed = placed.replace(mount + "/", at(mount) + "/");
        }
        return placed;
    }

    private static Optional<String> value(JsonNode variable) {
        if (variable.has("value")) {
            return Optional.of(variable.path("value").asText());
        }
        if (variable.at("/valueFrom/fieldRef/fieldPath").asText().equals("status.podIP")) {
            return Optional.of(POD_ADDRESS);
        }
        JsonNode secret = variable.at("/valueFrom/secretKeyRef");
        if (secret.isMissingNode()) {
            throw new AssertionError(variable + " (expected: a value, the pod's address or a Secret)");
        }
        return secret.path("optional").asBoolean() ? Optional.empty() : Optional.of(SECRET);
    }

    private List<String> secretMounts() {
        List<String> volumes = Overlay.stream(overlay.pod().path("volumes"))
                .filter(volume -> volume.has("secret"))
                .map(volume -> volume.path("name").asText())
                .toList();
        return Overlay.stream(overlay.container().path("volumeMounts"))
                .filter(mount -> volumes.contains(mount.path("name").asText()))
                .map(mount -> mount.path("mountPath").asText())
                .toList();
    }
}
