package dev.chatgateway.embedded.faults;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.config.GatewayConfig.Embedded.Faults;
import dev.chatgateway.embedded.request.Json;
import dev.chatgateway.embedded.request.Operation;
import dev.chatgateway.embedded.request.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Faults as JSON. Strict: a misspelt field would otherwise be a fault that never occurs. */
public final class FaultsJson {
    public static final String STATUS = "status";
    static final String DROP = "drop";

    private static final int MAX_LATENCY_MS = 600_000;
    private static final int MAX_OFFSET_MS = 86_400_000;
    private static final int MAX_RULES = 100;
    private static final Set<String> FIELDS =
            Set.of("latencyMs", "latencyJitterMs", "clockOffsetMs", "expiredTokens", "rules");
    private static final Set<String> RULE_FIELDS = Set.of("operation", "kind", "status", "rate");

    private FaultsJson() {}

    static byte[] write(Faults faults) {
        return Json.write(json -> Json.MAPPER.writeValue(json, faults));
    }

    /** @throws IllegalArgumentException a message with field, value and expectation */
    static Faults read(byte[] body) {
        JsonNode root;
        try {
            root = Json.MAPPER.readTree(body);
        } catch (IOException e) {
            throw new IllegalArgumentException("body: not well-formed JSON (expected: a JSON object)", e);
        }
        onlyKnown(root, "", FIELDS);
        Faults faults = new Faults(
                integer(root, "latencyMs"),
                integer(root, "latencyJitterMs"),
                integer(root, "clockOffsetMs"),
                bool(root, "expiredTokens"),
                rules(root.path("rules")));
        check(faults);
        return faults;
    }

    public static void check(Faults faults) {
        range("latencyMs", faults.latencyMs(), 0, MAX_LATENCY_MS);
        range("latencyJitterMs", faults.latencyJitterMs(), 0, MAX_LATENCY_MS);
        range("clockOffsetMs", faults.clockOffsetMs(), -MAX_OFFSET_MS, MAX_OFFSET_MS);
        range("rules", faults.rules().size(), 0, MAX_RULES);
        for (int i = 0; i < faults.rules().size(); i++) {
            check("rules[" + i + "].", faults.rules().get(i));
        }
    }

    private static void check(String path, Faults.Rule rule) {
        String operation = rule.operation();
        if (operation != null && Operation.named(operation).isEmpty()) {
            throw bad(path + "operation", operation, "an operation of docs/embedded.md");
        }
        if (!rule.kind().equals(STATUS) && !rule.kind().equals(DROP)) {
            throw bad(path + "kind", rule.kind(), "status or drop");
        }
        Integer status = rule.status();
        if (rule.kind().equals(STATUS) && (status == null || status < 400 || status > 599)) {
            throw bad(path + "status", String.valueOf(status), "400 to 599");
        }
        if (!(rule.rate() >= 0 && rule.rate() <= 1)) {
            throw bad(path + "rate", String.valueOf(rule.rate()), "0 to 1");
        }
    }

    private static List<Faults.Rule> rules(JsonNode node) {
        if (absent(node)) {
            return List.of();
        }
        if (!node.isArray()) {
            throw bad("rules", node.toString(), "an array");
        }
        List<Faults.Rule> rules = new ArrayList<>();
        for (JsonNode item : node) {
            String path = "rules[" + rules.size() + "].";
            onlyKnown(item, path, RULE_FIELDS);
            JsonNode rate = item.path("rate");
            if (!rate.isNumber()) {
                throw bad(path + "rate", rate.isMissingNode() ? "missing" : rate.toString(), "0 to 1");
            }
            String kind = text(item, path, "kind");
            rules.add(new Faults.Rule(
                    text(item, path, "operation"),
                    kind == null ? "missing" : kind,
                    absent(item.path("status")) ? null : integer(item, path, "status"),
                    rate.doubleValue()));
        }
        return rules;
    }

    private static void onlyKnown(JsonNode node, String path, Set<String> known) {
        if (!node.isObject()) {
            throw bad(path.isEmpty() ? "body" : path.substring(0, path.length() - 1), node.toString(), "an object");
        }
        Iterator<String> names = node.fieldNames();
        while (names.hasNext()) {
            String name = names.next();
            if (!known.contains(name)) {
                throw bad(
                        path + name,
                        "unknown field",
                        String.join(", ", known.stream().sorted().toList()));
            }
        }
    }

    private static int integer(JsonNode node, String name) {
        return absent(node.path(name)) ? 0 : integer(node, "", name);
    }

    private static int integer(JsonNode node, String path, String name) {
        JsonNode value = node.path(name);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw bad(path + name, value.toString(), "an integer");
        }
        return value.intValue();
    }

    private static boolean bool(JsonNode node, String name) {
        JsonNode value = node.path(name);
        if (!absent(value) && !value.isBoolean()) {
            throw bad(name, value.toString(), "true or false");
        }
        return value.asBoolean(false);
    }

    private static @Nullable String text(JsonNode node, String path, String name) {
        JsonNode value = node.path(name);
        if (!absent(value) && !value.isTextual()) {
            throw bad(path + name, value.toString(), "a string");
        }
        return absent(value) ? null : value.textValue();
    }

    private static boolean absent(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }

    private static void range(String field, long value, long min, long max) {
        if (value < min || value > max) {
            throw bad(field, String.valueOf(value), min + " to " + max);
        }
    }

    private static IllegalArgumentException bad(String field, String value, String expected) {
        return new IllegalArgumentException(
                Text.shown(field) + ": " + Text.shown(value) + " (expected: " + expected + ")");
    }
}
