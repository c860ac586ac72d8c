package dev.chatgateway.signaling.wire;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The client's name and versions, as it tells them in the query of its connection. For operators only. Stateless. */
public final class ClientVersion {
    /** The query parameter: a JSON object. */
    public static final String PARAMETER = "tc";

    private static final int LONGEST_JSON = 1_000;
    private static final int LONGEST_PART = 40;
    private static final List<String> PARTS = List.of("ua", "v", "cv");
    private static final Pattern UNUSUAL = Pattern.compile("[^A-Za-z0-9._/@+-]");

    private ClientVersion() {}

    /** Product, its version, and the version of its transport, with nothing but plain characters; null if unknown. */
    public static @Nullable String of(@Nullable String json) {
        if (json == null || json.length() > LONGEST_JSON) {
            return null;
        }
        try {
            JsonObject parts = new JsonObject(json);
            StringBuilder version = new StringBuilder();
            for (String name : PARTS) {
                if (parts.getValue(name) instanceof String part && !part.isEmpty()) {
                    version.append(version.length() == 0 ? "" : " ").append(plain(part));
                }
            }
            return version.length() == 0 ? null : version.toString();
        } catch (DecodeException e) {
            return null;
        }
    }

    private static String plain(String part) {
        return UNUSUAL.matcher(part.substring(0, Math.min(LONGEST_PART, part.length())))
                .replaceAll("_");
    }
}
