package dev.chatgateway.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The result of a reload of the configuration while the gateway runs.
 *
 * @param config the configuration that was in force, with every change that can be applied
 * @param taken the keys that changed
 * @param refused the changes that need a restart, each with its reason
 */
public record ConfigChanges(GatewayConfig config, List<String> taken, List<String> refused) {
    /** Sections and keys whose values are read each time they are needed, so that a change applies at once. */
    private static final List<String> LIVE = List.of("limits.", "poll.", "http.origins", "logging.level");

    private static final Set<String> LISTENERS =
            Set.of("limits.frameBytes", "limits.headerBytes", "limits.handshakeSeconds", "limits.idleSeconds");
    private static final Set<String> MEMORY = Set.of("poll.ringEvents", "poll.ringSeconds");

    /** Reasons by prefix of the key; the first match counts. */
    private static final Map<String, String> REASONS = Map.of(
            "http.", "listeners are opened once",
            "https.", "listeners are opened once; what is in the files themselves is taken over",
            "management.", "listeners are opened once",
            "upstream.", "the clients of the service are made once",
            "data.", "what the directory holds is read once",
            "signing.", "keys are read once",
            "embedded.", "the embedded service is made once",
            "cluster.", "a node joins once");

    /**
     * Compares two configurations key by key.
     *
     * @throws ConfigException if the changes that can be applied contradict the rest
     */
    public static ConfigChanges between(GatewayConfig before, GatewayConfig after) throws ConfigException {
        ObjectMapper json = new ObjectMapper();
        ObjectNode merged = json.valueToTree(before);
        JsonNode wanted = json.valueToTree(after);
        List<String> taken = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        new ConfigSchema(json).leaves().forEach((key, schema) -> {
            String pointer = '/' + key.replace('.', '/');
            JsonNode now = merged.at(pointer);
            JsonNode then = wanted.at(pointer);
            if (now.equals(then)) {
                return;
            }
            if (live(key)) {
                int last = pointer.lastIndexOf('/');
                ((ObjectNode) merged.at(pointer.substring(0, last))).set(pointer.substring(last + 1), then);
                taken.add(key);
            } else {
                refused.add(refusal(key, now, then, schema.path("writeOnly").asBoolean()));
            }
        });
        try {
            GatewayConfig config = json.treeToValue(merged, GatewayConfig.class);
            List<String> problems = ConfigChecks.problems(config);
            if (!problems.isEmpty()) {
                throw new ConfigException(problems);
            }
            return new ConfigChanges(config, List.copyOf(taken), List.copyOf(refused));
        } catch (JsonProcessingException e) {
            throw new ConfigException(List.of("configuration: " + e.getOriginalMessage()));
        }
    }

    private static boolean live(String key) {
        return LIVE.stream().anyMatch(key::startsWith) && !LISTENERS.contains(key) && !MEMORY.contains(key);
    }

    private static String refusal(String key, JsonNode now, JsonNode then, boolean secret) {
        return key + ": " + (secret ? "(hidden)" : then) + " (expected: " + (secret ? "the one in force" : now)
                + " until a restart, as " + reason(key) + ")";
    }

    private static String reason(String key) {
        if (LISTENERS.contains(key)) {
            return "listeners are opened once";
        }
        if (MEMORY.contains(key)) {
            return "a watched thread's memory is laid out once";
        }
        return REASONS.entrySet().stream()
                .filter(entry -> key.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("it is read once");
    }
}
