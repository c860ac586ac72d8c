package dev.chatgateway.upstream.client;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The error of an answer. Accepts the three forms that the service uses (docs/service-reference.md, Errors and retries), in
 * any letter case. For an answer without a usable body the HTTP status decides.
 *
 * @param error the service's error object with the documented field names; null without one
 */
public record ErrorBody(
        String code, String message, @Nullable JsonObject error) {
    private static final List<String> ENVELOPES = List.of("error", "communicationerror");
    private static final List<String> FIELDS = List.of("code", "message", "target", "details", "innererror");
    private static final int MAX_TEXT = 500;
    private static final int MAX_DETAILS = 250;
    private static final int MAX_DEPTH = 5;

    static ErrorBody of(int status, Buffer body) {
        JsonObject error = envelope(body);
        String code = error == null ? null : error.getString("code");
        String message = error == null ? null : error.getString("message");
        return new ErrorBody(
                code == null ? codeOf(status) : code,
                message == null ? "The chat service answered with status " + status + "." : message,
                error);
    }

    /** The documented code of a status. */
    public static String codeOf(int status) {
        return switch (status) {
            case 400 -> "BadRequest";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "NotFound";
            case 429 -> "TooManyRequests";
            case 502 -> "BadGateway";
            case 503 -> "ServiceUnavailable";
            case 504 -> "GatewayTimeout";
            default -> status < 500 ? "BadRequest" : "InternalServerError";
        };
    }

    private static @Nullable JsonObject envelope(Buffer body) {
        try {
            if (Json.decodeValue(body) instanceof JsonObject json) {
                for (String name : json.fieldNames()) {
                    if (ENVELOPES.contains(name.toLowerCase(Locale.ROOT))
                            && json.getValue(name) instanceof JsonObject error) {
                        return normal(error, 0);
                    }
                }
            }
        } catch (RuntimeException e) {
            // Not JSON: a proxy's page or a broken answer. The status is used.
        }
        return null;
    }

    private static JsonObject normal(JsonObject error, int depth) {
        JsonObject normal = new JsonObject();
        for (String name : error.fieldNames()) {
            String field = name.toLowerCase(Locale.ROOT);
            Object value = error.getValue(name);
            if (!FIELDS.contains(field) || value == null) {
                continue;
            }
            if (field.equals("details") && value instanceof JsonArray details) {
                normal.put(field, normal(details, depth));
            } else if (field.equals("innererror") && value instanceof JsonObject inner && depth < MAX_DEPTH) {
                normal.put(field, normal(inner, depth + 1));
            } else if (value instanceof String || value instanceof Number) {
                String text = value.toString();
                normal.put(field, text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT));
            }
        }
        return normal;
    }

    private static JsonArray normal(JsonArray details, int depth) {
        JsonArray normal = new JsonArray();
        for (Object detail : details) {
            if (detail instanceof JsonObject json && depth < MAX_DEPTH && normal.size() < MAX_DETAILS) {
                normal.add(normal(json, depth + 1));
            }
        }
        return normal;
    }
}
