package dev.chatgateway.embedded.request;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Percent-encoding of URLs. */
public final class PercentCoding {
    private PercentCoding() {}

    /** Percent-decodes once; a plus sign stays. */
    public static String decodedPath(String segment) {
        if (segment.indexOf('%') < 0) {
            return segment;
        }
        return decoded(segment.replace("+", "%2B"));
    }

    /** Percent-decodes once; a plus sign is a space. */
    static String decodedQuery(String piece) {
        return piece.indexOf('%') < 0 && piece.indexOf('+') < 0 ? piece : decoded(piece);
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw ApiError.badRequest("The URL has a malformed percent escape.");
        }
    }

    public static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
