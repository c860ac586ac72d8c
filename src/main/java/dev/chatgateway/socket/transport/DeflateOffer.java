package dev.chatgateway.socket.transport;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a client offers for permessage-deflate, and the answer to it (RFC 7692 section 7.1). An offer with a parameter that
 * is unknown, doubled or out of its range is declined; the next one may be better. Pure; never throws.
 *
 * @param serverFresh the client wants each of our messages to begin afresh
 * @param serverBits the client has named the window of our messages, which the answer must repeat
 */
record DeflateOffer(boolean serverFresh, boolean serverBits) {
    private static final String NAME = "permessage-deflate";
    private static final String SERVER_FRESH = "server_no_context_takeover";
    private static final String CLIENT_FRESH = "client_no_context_takeover";
    private static final String SERVER_BITS = "server_max_window_bits";
    private static final String CLIENT_BITS = "client_max_window_bits";

    /** The only window that Java's deflater has. */
    private static final String BITS = "15";

    private static final Pattern WINDOW = Pattern.compile("[89]|1[0-5]");

    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private static final Pattern PARAMETER =
            Pattern.compile("\\s*;\\s*(" + TOKEN + ")(?:\\s*=\\s*(?:(" + TOKEN + ")|\"(" + TOKEN + ")\"))?");
    private static final Pattern EXTENSION = Pattern.compile("\\s*(" + TOKEN + ")");
    private static final Pattern END = Pattern.compile("\\s*(?:,|$)");

    /**
     * The first offer that can be taken.
     *
     * @param lines all lines of the header
     */
    static Optional<DeflateOffer> first(List<String> lines) {
        String header = String.join(",", lines);
        Matcher at = EXTENSION.matcher(header);
        int from = 0;
        while (from < header.length()) {
            int begin = from;
            int comma = header.indexOf(',', begin);
            from = comma < 0 ? header.length() : comma + 1;
            if (at.region(begin, header.length()).lookingAt()) {
                Optional<DeflateOffer> offer = parameters(header, at.end()).flatMap(p -> taken(at.group(1), p));
                if (offer.isPresent()) {
                    return offer;
                }
            }
        }
        return Optional.empty();
    }

    /** The header of the upgrade's answer. What a client did not ask for some refuse, but for its own fresh messages. */
    String answer() {
        return NAME
                + (serverFresh ? "; " + SERVER_FRESH : "")
                + "; " + CLIENT_FRESH
                + (serverBits ? "; " + SERVER_BITS + "=" + BITS : "");
    }

    /** Empty if they are malformed or one is there twice. */
    private static Optional<Map<String, @Nullable String>> parameters(String header, int begin) {
        Map<String, @Nullable String> parameters = new HashMap<>();
        Matcher parameter = PARAMETER.matcher(header);
        int at = begin;
        while (parameter.region(at, header.length()).lookingAt()) {
            String name = parameter.group(1).toLowerCase(Locale.ROOT);
            if (parameters.containsKey(name)) {
                return Optional.empty();
            }
            String value = parameter.group(2);
            parameters.put(name, value == null ? parameter.group(3) : value);
            at = parameter.end();
        }
        boolean whole = END.matcher(header).region(at, header.length()).lookingAt();
        return whole ? Optional.of(parameters) : Optional.empty();
    }

    private static Optional<DeflateOffer> taken(String name, Map<String, @Nullable String> parameters) {
        boolean good = NAME.equalsIgnoreCase(name)
                && parameters.entrySet().stream().allMatch(entry -> possible(entry.getKey(), entry.getValue()));
        return good
                ? Optional.of(
                        new DeflateOffer(parameters.containsKey(SERVER_FRESH), parameters.containsKey(SERVER_BITS)))
                : Optional.empty();
    }

    private static boolean possible(String name, @Nullable String value) {
        return switch (name) {
            case SERVER_FRESH, CLIENT_FRESH -> value == null;
            case CLIENT_BITS -> value == null || WINDOW.matcher(value).matches();
            case SERVER_BITS -> BITS.equals(value);
            default -> false;
        };
    }
}
