package dev.chatgateway.config;

import java.net.IDN;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The host and the port of a URL or of a Host header. Unlike {@code java.net.URI} it accepts names with underscores, which
 * Docker uses, and names in other alphabets, which it converts to their {@code xn--} form. Never resolves a name.
 *
 * @param host in lower case; an IPv6 address has its brackets
 * @param port -1 if none is named
 */
public record HostAndPort(String host, int port) {
    private static final int NAME_LENGTH = 253;
    private static final int LAST_PORT = 65_535;
    private static final Pattern PARTS = Pattern.compile("(\\[[^\\]]*\\]|[^:\\[\\]]*)(?::(\\d{0,5}))?");
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-f]*:[0-9a-f:.]*\\]");
    private static final Pattern LABEL = Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");

    /** Java implements IDNA 2003, which converts these differently from browsers: the same name would mean two hosts. */
    private static final Pattern AMBIGUOUS = Pattern.compile("[\u00df\u03c2\u200c\u200d]");

    /** Parses {@code host[:port]}; empty for anything else. */
    public static Optional<HostAndPort> parse(String text) {
        Matcher parts = PARTS.matcher(text);
        if (!parts.matches()) {
            return Optional.empty();
        }
        String digits = parts.group(2);
        int port = digits == null || digits.isEmpty() ? -1 : Integer.parseInt(digits);
        return port > LAST_PORT ? Optional.empty() : host(parts.group(1)).map(host -> new HostAndPort(host, port));
    }

    /** The same for a header: HTTP decodes its bytes as ISO 8859-1, but clients send UTF-8. */
    public static Optional<HostAndPort> sent(String header) {
        return decoded(header).flatMap(HostAndPort::parse);
    }

    /** A header's bytes decoded as UTF-8; empty if they are not valid. */
    static Optional<String> decoded(String header) {
        if (ascii(header)) {
            return Optional.of(header);
        }
        try {
            byte[] bytes = header.getBytes(StandardCharsets.ISO_8859_1);
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** Whether the host is an address literal, not a name. */
    public boolean isAddress() {
        return host.startsWith("[") || IPV4.matcher(host).matches();
    }

    private static Optional<String> host(String text) {
        // Checked before the conversion to lower case, which turns some letters of other alphabets (the Kelvin sign)
        // into ASCII.
        if (text.startsWith("[")) {
            String lower = ascii(text) ? text.toLowerCase(Locale.ROOT) : "";
            return Optional.of(lower).filter(HostAndPort::isIpv6);
        }
        String dot = text.endsWith(".") ? "." : "";
        String[] labels = text.substring(0, text.length() - dot.length()).split("\\.", -1);
        for (int i = 0; i < labels.length; i++) {
            Optional<String> label = label(labels[i]);
            if (label.isEmpty()) {
                return Optional.empty();
            }
            labels[i] = label.get();
        }
        String name = String.join(".", labels);
        // Resolvers treat a name that ends in a number as an address.
        boolean numeric = labels[labels.length - 1].chars().allMatch(Character::isDigit);
        boolean fits = name.length() <= NAME_LENGTH && (!numeric || (dot.isEmpty() && isIpv4(name)));
        return fits ? Optional.of(name + dot) : Optional.empty();
    }

    private static Optional<String> label(String text) {
        if (ascii(text)) {
            return Optional.of(text.toLowerCase(Locale.ROOT))
                    .filter(label -> LABEL.matcher(label).matches());
        }
        if (AMBIGUOUS.matcher(text).find()) {
            return Optional.empty();
        }
        try {
            // A label that becomes plain ASCII only looks like another one.
            return Optional.of(IDN.toASCII(text).toLowerCase(Locale.ROOT))
                    .filter(label ->
                            label.startsWith("xn--") && LABEL.matcher(label).matches());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static boolean isIpv4(String name) {
        if (!IPV4.matcher(name).matches()) {
            return false;
        }
        for (String part : name.split("\\.", -1)) {
            if (Integer.parseInt(part) > 255) {
                return false;
            }
        }
        return true;
    }

    private static boolean isIpv6(String text) {
        if (!IPV6.matcher(text).matches()) {
            return false;
        }
        try {
            // Java resolves no name that contains a colon.
            return InetAddress.getByName(text) != null;
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static boolean ascii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }

    /** {@code host[:port]}. */
    @Override
    public String toString() {
        return port < 0 ? host : host + ":" + port;
    }
}
