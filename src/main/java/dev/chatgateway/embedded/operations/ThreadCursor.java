package dev.chatgateway.embedded.operations;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.Json;
import dev.chatgateway.embedded.request.PercentCoding;
import dev.chatgateway.embedded.request.Query;
import dev.chatgateway.embedded.request.Timestamps;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The page token of a thread list, encoded like the real service's token: base64 of JSON with two windows of time, the one
 * that the pages have covered and that of startTime. In addition it has the id of the last item, to separate threads with
 * one activity time.
 *
 * @param last activity time of the last item of the page
 * @param first activity time of the first item of the first page of the pass
 * @param startTime lower bound of the first request, or 0
 * @param after id of the last item; empty in a token without it
 */
record ThreadCursor(long last, long first, long startTime, String after) {
    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd'T'HH:mm:ss")
            .appendFraction(ChronoField.MILLI_OF_SECOND, 0, 3, true)
            .appendLiteral("+00:00")
            .toFormatter(java.util.Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    /** The position of a request; null for the first page. */
    static @Nullable ThreadCursor of(Query query) {
        String text = query.text("syncState");
        if (text == null || text.isEmpty()) {
            return null;
        }
        try {
            byte[] json = Base64.getDecoder().decode(text);
            JsonNode windows = Json.MAPPER.readTree(new String(json, StandardCharsets.UTF_8));
            JsonNode covered = windows.path(0);
            return new ThreadCursor(
                    time(covered, "start"),
                    time(covered, "end"),
                    time(windows.path(1), "start"),
                    covered.path("after").asText());
        } catch (IllegalArgumentException | JsonProcessingException | ApiError e) {
            throw ApiError.badField("syncState", "unknown", "the value of a nextLink");
        }
    }

    private static long time(JsonNode window, String field) {
        return Timestamps.parse("syncState", window.path(field).asText());
    }

    /** Whether an item comes after the position. */
    boolean isBefore(long activity, String thread) {
        return activity < last || (activity == last && !after.isEmpty() && thread.compareTo(after) > 0);
    }

    /** The token in base64, percent-encoded for a link. */
    String encoded() {
        byte[] json = Json.write(out -> {
            out.writeStartArray();
            out.writeStartObject();
            out.writeStringField("start", formatted(last));
            out.writeStringField("end", formatted(first));
            out.writeStringField("after", after);
            out.writeEndObject();
            out.writeStartObject();
            out.writeStringField("start", formatted(startTime));
            out.writeStringField("end", formatted(startTime));
            out.writeEndObject();
            out.writeEndArray();
        });
        return PercentCoding.encoded(Base64.getEncoder().encodeToString(json));
    }

    private static String formatted(long epochMs) {
        return TIME.format(Instant.ofEpochMilli(epochMs));
    }
}
