package dev.chatgateway.command;

import dev.chatgateway.protocol.Params;
import dev.chatgateway.upstream.GatewayMetadata;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads parameters that several methods share, checked, in the form of the service's REST API. */
final class ParamFields {
    /** More than the service uses for any identifier. */
    static final int ID_LENGTH = 256;

    static final int TOPIC_LENGTH = 1_000;
    static final int NAME_LENGTH = 256;

    /** The service's limit for metadata of a thread or a participant. */
    static final int METADATA_BYTES = 1_024;

    private static final int MAX_PARTICIPANTS = 200;

    private ParamFields() {}

    static String threadId(Params params) {
        return params.string("threadId", 1, ID_LENGTH);
    }

    static String messageId(Params params, String name) {
        return params.string(name, 1, ID_LENGTH);
    }

    /** Content of a message. */
    static Optional<String> content(Params params, int maxBytes) {
        Optional<String> content = params.optionalString("content", 0, Integer.MAX_VALUE);
        content.ifPresent(text -> {
            int bytes = text.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > maxBytes) {
                throw params.refuse("content", bytes + " bytes", "at most " + maxBytes);
            }
        });
        return content;
    }

    /** Metadata of a message. Refuses keys that the gateway uses itself. */
    static Optional<JsonObject> messageMetadata(Params params) {
        return params.optionalStrings("metadata").map(metadata -> {
            metadata.keySet().stream().filter(GatewayMetadata::owns).findFirst().ifPresent(key -> {
                throw params.refuse(
                        "metadata", "a key that begins with " + GatewayMetadata.PREFIX, "keys of the application");
            });
            return json(metadata);
        });
    }

    /** Metadata of a thread or a participant. */
    static Optional<JsonObject> metadata(Params params) {
        return params.optionalStrings("metadata").map(metadata -> {
            int bytes = metadata.entrySet().stream()
                    .mapToInt(e -> bytes(e.getKey()) + bytes(e.getValue()))
                    .sum();
            if (bytes > METADATA_BYTES) {
                throw params.refuse("metadata", bytes + " bytes", "at most " + METADATA_BYTES);
            }
            return json(metadata);
        });
    }

    /** {@code {kind: none}} or {@code {kind: threadCreationDate, deleteThreadAfterDays}}. */
    static Optional<JsonObject> retentionPolicy(Params params) {
        return params.optionalObject("retentionPolicy").map(policy -> {
            String kind = policy.optionalChoice("kind", "none", "threadCreationDate")
                    .orElseThrow(() -> policy.refuse("kind", "missing", "one of none, threadCreationDate"));
            OptionalInt days = policy.optionalInt("deleteThreadAfterDays", 1, 36_500);
            policy.finish();
            if (kind.equals("none") == days.isPresent()) {
                throw policy.refuse(
                        "deleteThreadAfterDays",
                        days.isPresent() ? Integer.toString(days.getAsInt()) : "missing",
                        "only and always with kind threadCreationDate");
            }
            JsonObject json = new JsonObject().put("kind", kind);
            days.ifPresent(d -> json.put("deleteThreadAfterDays", d));
            return json;
        });
    }

    /** {@code participants[]}, limited to what the service accepts in one call. */
    static JsonArray participants(Params params) {
        JsonArray array = params.array("participants", MAX_PARTICIPANTS);
        JsonArray participants = new JsonArray();
        for (int i = 0; i < array.size(); i++) {
            participants.add(participant(params.element("participants", array, i)));
        }
        return participants;
    }

    /** {@code communicationIdentifier}. */
    static JsonObject identifier(Params params) {
        return IdentifierFields.read(params.optionalObject("communicationIdentifier")
                .orElseThrow(() -> params.refuse("communicationIdentifier", "missing", "an object")));
    }

    private static JsonObject participant(Params params) {
        JsonObject json = new JsonObject().put("communicationIdentifier", identifier(params));
        params.optionalString("displayName", 0, NAME_LENGTH).ifPresent(name -> json.put("displayName", name));
        params.optionalTime("shareHistoryTime").ifPresent(time -> json.put("shareHistoryTime", time.toString()));
        metadata(params).ifPresent(metadata -> json.put("metadata", metadata));
        params.finish();
        return json;
    }

    private static JsonObject json(Map<String, String> map) {
        JsonObject json = new JsonObject();
        map.forEach(json::put);
        return json;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
