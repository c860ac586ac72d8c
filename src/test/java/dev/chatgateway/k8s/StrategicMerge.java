package dev.chatgateway.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** Strategic merge patches: lists whose entries have a key are merged by it, others are replaced. */
final class StrategicMerge {
    private static final String DIRECTIVE = "$patch";

    /** Field to the key of its entries; the ports of a Service are known by another one. */
    private static final Map<String, String> KEYS = Map.of(
            "containers", "name",
            "env", "name",
            "volumes", "name",
            "volumeMounts", "mountPath",
            "topologySpreadConstraints", "topologyKey");

    private StrategicMerge() {}

    /** Lays the patch over the object. */
    static void merge(ObjectNode object, ObjectNode patch) {
        patch.properties().forEach(field -> {
            String name = field.getKey();
            JsonNode value = field.getValue();
            JsonNode old = object.path(name);
            if (name.equals(DIRECTIVE)) {
                throw new IllegalArgumentException("$patch: " + value + " (expected: only in entries of lists)");
            } else if (value.isNull()) {
                object.remove(name);
            } else if (value instanceof ObjectNode fields && old instanceof ObjectNode present) {
                merge(present, fields);
            } else if (value instanceof ArrayNode entries && old instanceof ArrayNode present && keyed(name, entries)) {
                entries.forEach(entry -> merge(present, key(name, entry), (ObjectNode) entry));
            } else {
                object.set(name, value);
            }
        });
    }

    private static boolean keyed(String name, ArrayNode entries) {
        return !entries.isEmpty() && !key(name, entries.get(0)).isEmpty();
    }

    /** Empty: the list is replaced as a whole. */
    static String key(String name, JsonNode entry) {
        if (name.equals("ports")) {
            return entry.has("containerPort") ? "containerPort" : "port";
        }
        return KEYS.getOrDefault(name, "");
    }

    private static void merge(ArrayNode list, String key, ObjectNode entry) {
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i).path(key).equals(entry.path(key))) {
                if (entry.has(DIRECTIVE)) {
                    demandDelete(entry);
                    list.remove(i);
                } else {
                    merge((ObjectNode) list.get(i), entry);
                }
                return;
            }
        }
        if (entry.has(DIRECTIVE)) {
            throw new IllegalArgumentException(entry + ": not there (expected: something to delete)");
        }
        list.add(entry);
    }

    /** No other directive is known here. */
    static void demandDelete(ObjectNode patch) {
        if (!patch.path(DIRECTIVE).asText().equals("delete")) {
            throw new IllegalArgumentException("$patch: " + patch.path(DIRECTIVE) + " (expected: delete)");
        }
    }
}
