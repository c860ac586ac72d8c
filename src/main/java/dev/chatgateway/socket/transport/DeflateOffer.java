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
 * An offer of permessage-deflate that the gateway accepts (RFC 7692 section 7.1). An offer with a parameter that is
 * unknown, repeated or out of range is declined, and the next offer is tried. Immutable.
 *
 * @param serverNoContextTakeover the client has asked the server to reset its compressor for each message
 * @param serverMaxWindowBits the client has named the window size of the server, which the response must repeat
 */
record DeflateOffer(boolean serverNoContextTakeover, boolean serverMaxWindowBits) {
    private static final String NAME = "permessage-deflate";
    private static final String SERVER_NO_CONTEXT = "server_no_context_takeover";
    private static final String CLIENT_NO_CONTEXT = "client_no_context_takeover";
    private static final String SERVER_BITS = "server_max_window_bits";
    private static final String CLIENT_BITS = "client_max_window_bits";

    /** java.util.zip.Deflater has this window size only. */
    private static final String WINDOW_BITS = "15";

    private static final Pattern WINDOW = Pattern.compile("[89]|1[0-5]");

    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private static final Pattern PARAMETER =
            Pattern.compile("\\s*;\\s*(" + TOKEN + ")(?:\\s*=\\s*(?:(" + TOKEN + ")|\"(" + TOKEN + ")\"))?");
    private static final Pattern EXTENSION = Pattern.compile("\\s*(" + TOKEN + ")");
    private static final Pattern END = Pattern.compile("\\s*(?:,|$)");

    /**
     * Finds the first acceptable offer. Never throws.
     *
     * @param lines all values of the Sec-WebSocket-Extensions header
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
                Optional<DeflateOffer> offer = parameters(header, at.end()).flatMap(p -> ofParameters(at.group(1), p));
                if (offer.isPresent()) {
                    return offer;
                }
            }
        }
        return Optional.empty();
    }

    /**
     * The value of the response header. Some clients fail on parameters that they did not offer, except {@code
     * client_no_context_takeover}.
     */
    String responseHeader() {
        return NAME
                + (serverNoContextTakeover ? "; " + SERVER_NO_CONTEXT : "")
                + "; " + CLIENT_NO_CONTEXT
                + (serverMaxWindowBits ? "; " + SERVER_BITS + "=" + WINDOW_BITS : "");
    }

    /** Parses the parameters. Empty if they are malformed or one is repeated. */
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

    private static Optional<DeflateOffer> ofParameters(String name, Map<String, @Nullable String> parameters) {
        boolean acceptable = NAME.equalsIgnoreCase(name)
                && parameters.entrySet().stream().allMatch(entry -> isAcceptable(entry.getKey(), entry.getValue()));
        return acceptable
                ? Optional.of(new DeflateOffer(
                        parameters.containsKey(SERVER_NO_CONTEXT), parameters.containsKey(SERVER_BITS)))
                : Optional.empty();
    }

    private static boolean isAcceptable(String name, @Nullable String value) {
        return switch (name) {
            case SERVER_NO_CONTEXT, CLIENT_NO_CONTEXT -> value == null;
            case CLIENT_BITS -> value == null || WINDOW.matcher(value).matches();
            case SERVER_BITS -> WINDOW_BITS.equals(value);
            default -> false;
        };
    }
}
