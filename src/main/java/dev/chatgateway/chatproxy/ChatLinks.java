package dev.chatgateway.chatproxy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Links of the service made to lead through the gateway. A link below {@code /chat/} is rewritten whatever its host is: a
 * client follows it with its token, and must find the next page at the gateway. Everything else of a link, its
 * percent-encoding too, stays. Pure.
 *
 * @param basePath path in front of {@code /chat} in the service's links; empty as a rule
 */
record ChatLinks(String basePath) {
    private static final Pattern LINK = Pattern.compile("(?i)https?://[^/?#]+(/.*)", Pattern.DOTALL);
    private static final JsonFactory JSON = new JsonFactory();

    /** The link at the gateway; as it was if it is none below {@code /chat/}. */
    String rewritten(String link, String origin) {
        Matcher matcher = LINK.matcher(link);
        return matcher.matches() && matcher.group(1).startsWith(basePath + "/chat/")
                ? origin + matcher.group(1).substring(basePath.length())
                : link;
    }

    /** A page of a listing with its {@code nextLink} rewritten and every other byte as it was. */
    Buffer page(Buffer page, String origin) {
        byte[] bytes = page.getBytes();
        try (JsonParser parser = JSON.createParser(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return page;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean link = parser.currentName().equals("nextLink");
                if (parser.nextToken() == JsonToken.VALUE_STRING && link) {
                    int start = (int) parser.currentTokenLocation().getByteOffset();
                    String rewritten = rewritten(parser.getText(), origin);
                    int end = (int) parser.currentLocation().getByteOffset();
                    return Buffer.buffer(bytes.length + 64)
                            .appendBytes(bytes, 0, start)
                            .appendString(Json.encode(rewritten))
                            .appendBytes(bytes, end, bytes.length - end);
                }
                parser.skipChildren();
            }
            return page;
        } catch (IOException e) {
            // Not JSON: whatever it is, it is the service's and no page of a listing.
            return page;
        }
    }
}
