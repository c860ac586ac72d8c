package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.BodyFields;
import dev.chatgateway.embedded.request.Text;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Metadata of threads, participants and messages: maps of text to text, limited in UTF-8 bytes of keys and values. */
final class Metadata {
    static final int THREAD_BYTES = 1_024;
    static final int PARTICIPANT_BYTES = 1_024;

    /** No limit is documented for messages; the same as for content. */
    static final int MESSAGE_BYTES = 28_672;

    private static final String FIELD = "metadata";

    private Metadata() {}

    /** Metadata of a new item; an entry with a null value counts as absent. */
    static Map<String, String> of(BodyFields fields, int maxBytes) {
        return merged(Map.of(), fields, maxBytes, false);
    }

    /** Metadata of a new thread; null if the request has none, as an empty object is returned as such. */
    static @Nullable Map<String, String> ofThread(BodyFields fields) {
        return fields.has(FIELD) ? of(fields, THREAD_BYTES) : null;
    }

    /** Merges key by key: other keys stay, a null value removes its key. */
    static @Nullable Map<String, String> mergedThread(@Nullable Map<String, String> old, BodyFields fields) {
        Map<String, String> merged = merged(old == null ? Map.of() : old, fields, THREAD_BYTES, false);
        return old == null && merged.isEmpty() ? null : merged;
    }

    /** Merges key by key, like a thread's; an empty text also removes its key. */
    static Map<String, String> mergedMessage(Map<String, String> old, BodyFields fields) {
        return merged(old, fields, MESSAGE_BYTES, true);
    }

    private static Map<String, String> merged(
            Map<String, String> old, BodyFields fields, int maxBytes, boolean emptyRemoves) {
        Map<String, @Nullable String> given = fields.map(FIELD);
        if (given == null) {
            return old;
        }
        Map<String, String> merged = new LinkedHashMap<>(old);
        given.forEach((key, value) -> {
            if (value == null || (emptyRemoves && value.isEmpty())) {
                merged.remove(key);
            } else {
                merged.put(key, value);
            }
        });
        int bytes = merged.entrySet().stream()
                .mapToInt(e -> Text.utf8Length(e.getKey()) + Text.utf8Length(e.getValue()))
                .sum();
        if (bytes > maxBytes) {
            throw ApiError.badField(fields.path(FIELD), bytes + " bytes", "at most " + maxBytes);
        }
        return merged;
    }
}
