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
 * Rewrites links of the service so that they lead through the gateway. A link below {@code /chat/} is rewritten
 * whatever its host is, because a client follows it with its token and must find the next page at the gateway. The rest
 * of the link, with its percent-encoding, is kept. Stateless.
 *
 * @param basePath path in front of {@code /chat} in links of the service; usually empty
 */
record ChatLinks(String basePath) {
    private static final Pattern LINK = Pattern.compile("(?i)https?://[^/?#]+(/.*)", Pattern.DOTALL);
    private static final JsonFactory JSON = new JsonFactory();

    /** Rewrites a link; a link that is not below {@code /chat/} is returned unchanged. */
    String rewrite(String link, String origin) {
        Matcher matcher = LINK.matcher(link);
        return matcher.matches() && matcher.group(1).startsWith(basePath + "/chat/")
                ? origin + matcher.group(1).substring(basePath.length())
                : link;
    }

    /** Rewrites the {@code nextLink} of a listing page and keeps all other bytes. */
    Buffer rewritePage(Buffer page, String origin) {
        byte[] bytes = page.getBytes();
        try (JsonParser parser = JSON.createParser(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return page;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean link = parser.currentName().equals("nextLink");
                if (parser.nextToken() == JsonToken.VALUE_STRING && link) {
                    int start = (int) parser.currentTokenLocation().getByteOffset();
                    String rewritten = rewrite(parser.getText(), origin);
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
            // Not JSON, so not a listing page: forwarded as it is.
            return page;
        }
    }
}
