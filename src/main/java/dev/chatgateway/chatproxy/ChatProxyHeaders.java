package dev.chatgateway.chatproxy;

import io.vertx.core.MultiMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Which headers go along in each direction: all but those of a connection, and those that belong to one side only. */
final class ChatProxyHeaders {
    /** RFC 9110 section 7.6.1. */
    private static final Set<String> HOP_BY_HOP = Set.of(
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings");

    /** The way to the gateway and what browsers say of the page; cookies are the gateway's origin's own. */
    private static final List<String> NOT_OUT = List.of(
            "host", "expect", "origin", "referer", "cookie", "accept-encoding", "forwarded", "x-real-ip", "via");

    private static final List<String> NOT_OUT_PREFIXES = List.of("x-forwarded-", "sec-", "access-control-request-");

    /** The gateway answers for itself in these; HSTS and Alt-Svc would speak of the gateway's host. */
    private static final List<String> NOT_BACK =
            List.of("vary", "strict-transport-security", "alt-svc", "set-cookie", "location", "server");

    private static final List<String> NOT_BACK_PREFIXES = List.of("access-control-");

    /** What HTTP/2 adds to each field, and what method, scheme, authority and the gateway's own headers take. */
    private static final int FIELD = 32;

    private static final int PSEUDO_HEADERS = 512;

    private ChatProxyHeaders() {}

    /** From the client to the service. Answers come unpacked, as links in them are rewritten. */
    static MultiMap outbound(MultiMap headers) {
        return copy(headers, MultiMap.caseInsensitiveMultiMap(), NOT_OUT, NOT_OUT_PREFIXES);
    }

    /** The size of what goes out for a request, as HTTP/2 counts it (RFC 9113 section 6.5.2). */
    static int bytes(String target, MultiMap headers) {
        int bytes = PSEUDO_HEADERS + target.length();
        for (Map.Entry<String, String> header : outbound(headers)) {
            bytes += header.getKey().length() + header.getValue().length() + FIELD;
        }
        return bytes;
    }

    /** From the service to the client; those that are already there under the same name are replaced. */
    static void inbound(MultiMap headers, MultiMap to) {
        MultiMap kept = copy(headers, MultiMap.caseInsensitiveMultiMap(), NOT_BACK, NOT_BACK_PREFIXES);
        kept.names().forEach(to::remove);
        to.addAll(kept);
    }

    private static MultiMap copy(MultiMap from, MultiMap to, List<String> names, List<String> prefixes) {
        Set<String> dropped = new HashSet<>(HOP_BY_HOP);
        dropped.addAll(names);
        for (String value : from.getAll("Connection")) {
            for (String named : value.split(",", -1)) {
                dropped.add(named.trim().toLowerCase(Locale.ROOT));
            }
        }
        for (Map.Entry<String, String> header : from) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (!name.startsWith(":")
                    && !dropped.contains(name)
                    && prefixes.stream().noneMatch(name::startsWith)) {
                to.add(header.getKey(), header.getValue());
            }
        }
        return to;
    }
}
