package dev.chatgateway.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Parses address literals. IPv4-mapped IPv6 addresses ({@code ::ffff:192.0.2.7}), which dual-stack sockets report, become
 * IPv4. Never resolves a name: anything else is rejected by its form. Stateless.
 */
final class NetworkAddress {
    /** Matches by digits alone, so that 999.999.999.999 is rejected here and not looked up in the DNS. */
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    /** Java resolves no name that contains a colon. */
    private static final Pattern IPV6 = Pattern.compile("(?=.*:)[0-9a-fA-F:][0-9a-fA-F:.]{1,44}");

    private static final int IPV6_BYTES = 16;

    /** The prefix of an IPv6 client, which may use any address within it. */
    private static final int PREFIX_BYTES = 8;

    private NetworkAddress() {}

    /** The bytes of an address; empty for everything else. */
    static Optional<byte[]> parse(String text) {
        if (IPV4.matcher(text).matches()) {
            return ipv4(text);
        }
        if (!IPV6.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(text).getAddress());
        } catch (UnknownHostException | RuntimeException e) {
            return Optional.empty();
        }
    }

    private static Optional<byte[]> ipv4(String text) {
        String[] numbers = text.split("\\.", -1);
        byte[] address = new byte[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            int number = Integer.parseInt(numbers[i]);
            if (number > 0xff) {
                return Optional.empty();
            }
            address[i] = (byte) number;
        }
        return Optional.of(address);
    }

    /**
     * One key for all addresses that a client can use: an IPv4 address, or the /64 of an IPv6 address. Any other text is
     * its own key.
     */
    static String client(String text) {
        // A link-local address ends with the interface of the connection.
        int zone = text.indexOf('%');
        String address = zone < 0 ? text : text.substring(0, zone);
        return parse(address).map(NetworkAddress::client).orElse(text);
    }

    private static String client(byte[] address) {
        StringBuilder name = new StringBuilder();
        if (address.length != IPV6_BYTES) {
            for (byte part : address) {
                name.append(name.isEmpty() ? "" : ".").append(part & 0xff);
            }
            return name.toString();
        }
        for (int i = 0; i < PREFIX_BYTES; i += 2) {
            name.append(Integer.toHexString(((address[i] & 0xff) << Byte.SIZE) | (address[i + 1] & 0xff)))
                    .append(':');
        }
        return name.append(":/64").toString();
    }
}
