package dev.chatgateway.k8s;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** What Kustomize puts behind the name of a ConfigMap that it makes, so that another content has another name. */
final class ConfigMapHash {
    private static final int LENGTH = 10;
    private static final ObjectMapper JSON = new ObjectMapper();

    private ConfigMapHash() {}

    static String of(ObjectNode map) {
        Map<String, Object> content = new TreeMap<>();
        Map<String, String> data = new TreeMap<>();
        map.path("data")
                .properties()
                .forEach(file -> data.put(file.getKey(), file.getValue().asText()));
        content.put("data", data);
        content.put("kind", "ConfigMap");
        // Kustomize leaves the name out.
        content.put("name", "");
        try {
            // As Go writes it.
            String text = JSON.writeValueAsString(content)
                    .replace("<", "\\u003c")
                    .replace(">", "\\u003e")
                    .replace("&", "\\u0026");
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return speakable(HexFormat.of().formatHex(digest).substring(0, LENGTH));
        } catch (JsonProcessingException | NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** So that no hash is a word. */
    private static String speakable(String hex) {
        return hex.replace('0', 'g')
                .replace('1', 'h')
                .replace('3', 'k')
                .replace('a', 'm')
                .replace('e', 't');
    }
}
