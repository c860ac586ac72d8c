package dev.chatgateway.embedded;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Small rules for text that comes from outside. */
final class Text {
    private static final int SHOWN = 64;

    private Text() {}

    /** A given value for an error message: short and printable. */
    static String shown(String value) {
        String cut = value.length() > SHOWN ? value.substring(0, SHOWN) + "..." : value;
        return cut.codePoints()
                .map(c -> Character.isISOControl(c) || (c >= 0xD800 && c <= 0xDFFF) ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** Percent-decodes once; a plus sign stays one. */
    static String decodedPath(String segment) {
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

    static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }

    static int utf8Length(String value) {
        return value.getBytes(StandardCharsets.UTF_8).length;
    }

    /** Half a surrogate pair cannot be written as UTF-8. */
    static boolean wellFormed(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (Character.isHighSurrogate(c)) {
                if (++i == value.length() || !Character.isLowSurrogate(value.charAt(i))) {
                    return false;
                }
            } else if (Character.isLowSurrogate(c)) {
                return false;
            }
        }
        return true;
    }
}
