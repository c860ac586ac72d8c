package dev.chatgateway.config;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The proxies whose {@code X-Forwarded-*} headers are trusted (http.trustedProxies): single addresses or CIDR ranges of
 * IPv4 and IPv6. Immutable; never resolves a name.
 */
public final class TrustedProxies {
    /** Some proxies (Azure's Application Gateway) write the address with the client's port. */
    private static final Pattern WITH_PORT = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,3}){3}|\\[[^\\]]*\\]):\\d{1,5}");

    private final List<Range> ranges;

    private TrustedProxies(List<Range> ranges) {
        this.ranges = ranges;
    }

    /** Trusts no proxy. */
    public static TrustedProxies none() {
        return new TrustedProxies(List.of());
    }

    /**
     * Parses addresses and ranges such as {@code 10.0.0.0/8}, {@code 192.0.2.7}, {@code fd00::/8}.
     *
     * @throws IllegalArgumentException if one is neither
     */
    public static TrustedProxies of(List<String> ranges) {
        return new TrustedProxies(ranges.stream().map(TrustedProxies::range).toList());
    }

    /** Whether the address literal is that of a trusted proxy. */
    public boolean trusts(String address) {
        return parse(address)
                .filter(a -> ranges.stream().anyMatch(r -> r.contains(a)))
                .isPresent();
    }

    /**
     * The address that a request comes from: the peer, or if that is a trusted proxy the last address of
     * {@code X-Forwarded-For} that is not one. Addresses left of it may be forged and are ignored.
     */
    public String clientAddress(String peer, @Nullable String forwardedFor) {
        if (forwardedFor == null) {
            return peer;
        }
        String client = peer;
        String[] hops = forwardedFor.split(",", -1);
        for (int i = hops.length - 1; i >= 0 && trusts(client); i--) {
            String hop = bare(hops[i].trim());
            if (parse(hop).isEmpty()) {
                return client;
            }
            client = hop;
        }
        return client;
    }

    /**
     * One key for all addresses that the client of a request can use, in any notation: its IPv4 address, or the /64 of its
     * IPv6 address. Limits per client address count by this key.
     *
     * @param peer and forwardedFor as for {@link #clientAddress}
     */
    public String client(String peer, @Nullable String forwardedFor) {
        return NetworkAddress.client(clientAddress(peer, forwardedFor));
    }

    /** Whether the host is localhost or a loopback address. */
    static boolean loopback(String host) {
        return host.equals("localhost") || host.equals("::1") || host.matches("127(\\.\\d{1,3}){3}");
    }

    /** Removes port and brackets, so that a client has one address in every notation of a proxy. */
    private static String bare(String hop) {
        Matcher matcher = WITH_PORT.matcher(hop);
        return unbracketed(matcher.matches() ? matcher.group(1) : hop);
    }

    private static String unbracketed(String address) {
        boolean bracketed = address.startsWith("[") && address.endsWith("]");
        return bracketed ? address.substring(1, address.length() - 1) : address;
    }

    private static Range range(String text) {
        int slash = text.indexOf('/');
        byte[] network = parse(slash < 0 ? text : text.substring(0, slash))
                .orElseThrow(() -> new IllegalArgumentException(
                        text + " (expected: an address or a range such as 10.0.0.0/8 or fd00::/8)"));
        int width = network.length * Byte.SIZE;
        int bits = slash < 0 ? width : bits(text, slash, width);
        return new Range(network, bits);
    }

    private static int bits(String text, int slash, int width) {
        String bits = text.substring(slash + 1);
        if (!bits.matches("\\d{1,3}") || Integer.parseInt(bits) > width) {
            throw new IllegalArgumentException(text + " (expected: a prefix of 0 to " + width + " bits)");
        }
        return Integer.parseInt(bits);
    }

    private static Optional<byte[]> parse(String address) {
        return NetworkAddress.parse(unbracketed(address));
    }

    private static final class Range {
        private final byte[] network;
        private final int bits;

        private Range(byte[] network, int bits) {
            this.network = network;
            this.bits = bits;
        }

        private boolean contains(byte[] address) {
            if (address.length != network.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % Byte.SIZE);
                if (((address[bit / Byte.SIZE] ^ network[bit / Byte.SIZE]) & mask) != 0) {
                    return false;
                }
            }
            return true;
        }
    }
}
