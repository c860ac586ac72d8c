package dev.chatgateway.embedded.request;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The two JSON forms of an error body. */
public enum ErrorForm {
    /** {@code {"error": {"code", "message", "target"}}}: identity, and chat versions since 2022. */
    CURRENT {
        @Override
        void write(JsonGenerator json, ApiError error) throws IOException {
            json.writeObjectFieldStart("error");
            json.writeStringField("code", error.code());
            json.writeStringField("message", String.valueOf(error.getMessage()));
            String target = error.target();
            if (target != null) {
                json.writeStringField("target", target);
            }
            json.writeEndObject();
        }
    },

    /** {@code {"CommunicationError": {"Code", "Message", "Details"}}}: chat versions until 2021. */
    CHAT_OF_2021 {
        @Override
        void write(JsonGenerator json, ApiError error) throws IOException {
            json.writeObjectFieldStart("CommunicationError");
            json.writeStringField("Code", error.code());
            if (error.explainedIn2021()) {
                json.writeStringField("Message", String.valueOf(error.getMessage()));
            }
            json.writeArrayFieldStart("Details");
            json.writeEndArray();
            json.writeEndObject();
        }
    };

    private static final Pattern VERSION_OF_2021 = Pattern.compile("202[01]-\\d{2}-\\d{2}(-[a-z0-9]{1,20})?");

    /** The reply to a refused request. */
    public Reply reply(ApiError error) {
        return new Reply(error.status(), body(error), null, error.retryAfterSeconds());
    }

    /** The body of that reply. */
    public byte[] body(ApiError error) {
        return Json.write(json -> {
            json.writeStartObject();
            write(json, error);
            json.writeEndObject();
        });
    }

    abstract void write(JsonGenerator json, ApiError error) throws IOException;

    /** The form for the api-version of a request; {@link #CURRENT} if it is malformed. */
    public static ErrorForm of(Request request) {
        if (request.target().operation().scope() == null) {
            return CURRENT;
        }
        String version = apiVersion(request.query());
        return version != null && VERSION_OF_2021.matcher(version).matches() ? CHAT_OF_2021 : CURRENT;
    }

    private static @Nullable String apiVersion(@Nullable String query) {
        try {
            return new Query(query).text("api-version");
        } catch (ApiError malformed) {
            return null;
        }
    }
}
