package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.BodyFields;
import dev.chatgateway.embedded.request.Text;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Metadata maps of threads, participants and messages: text to text, limited in UTF-8 bytes of keys and values. */
final class Metadata {
    static final int THREAD_BYTES = 1_024;
    static final int PARTICIPANT_BYTES = 1_024;

    /** No limit is documented for messages; they get as much as content does. */
    static final int MESSAGE_BYTES = 28_672;

    private static final String FIELD = "metadata";

    private Metadata() {}

    /** Entries of a new item; one with a null value counts as absent. */
    static Map<String, String> of(BodyFields fields, int maxBytes) {
        return merged(Map.of(), fields, maxBytes, false);
    }

    /** Metadata of a new thread: null where the request has none, which is not the same as an empty object. */
    static @Nullable Map<String, String> ofThread(BodyFields fields) {
        return fields.has(FIELD) ? of(fields, THREAD_BYTES) : null;
    }

    /** Key by key: what is not named stays, a null value takes the key away. */
    static @Nullable Map<String, String> mergedThread(@Nullable Map<String, String> old, BodyFields fields) {
        Map<String, String> merged = merged(old == null ? Map.of() : old, fields, THREAD_BYTES, false);
        return old == null && merged.isEmpty() ? null : merged;
    }

    /** Key by key, as for threads; an empty text takes the key away too. */
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
