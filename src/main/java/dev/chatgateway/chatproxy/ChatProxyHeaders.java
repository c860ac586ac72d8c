package dev.chatgateway.chatproxy;

import io.vertx.core.MultiMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Filters the headers of requests and responses: hop-by-hop headers, and headers that belong to one side only, are
 * dropped.
 */
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

    /**
     * Headers about the route to the gateway and about the page in the browser. Cookies belong to the origin of the
     * gateway.
     */
    private static final List<String> DROPPED_FROM_REQUEST = List.of(
            "host", "expect", "origin", "referer", "cookie", "accept-encoding", "forwarded", "x-real-ip", "via");

    private static final List<String> DROPPED_REQUEST_PREFIXES =
            List.of("x-forwarded-", "sec-", "access-control-request-");

    /** Headers that the gateway sets itself. HSTS and Alt-Svc would apply to the host of the gateway. */
    private static final List<String> DROPPED_FROM_RESPONSE =
            List.of("vary", "strict-transport-security", "alt-svc", "set-cookie", "location", "server");

    private static final List<String> DROPPED_RESPONSE_PREFIXES = List.of("access-control-");

    /** Overhead of a field in the HTTP/2 header list size. */
    private static final int FIELD_OVERHEAD = 32;

    private static final int PSEUDO_HEADER_BYTES = 512;

    private ChatProxyHeaders() {}

    /** Headers for the service. Accept-Encoding is dropped, because links in the response are rewritten. */
    static MultiMap forService(MultiMap headers) {
        return copy(headers, MultiMap.caseInsensitiveMultiMap(), DROPPED_FROM_REQUEST, DROPPED_REQUEST_PREFIXES);
    }

    /** The header list size of the request in HTTP/2 (RFC 9113 section 6.5.2). */
    static int http2Size(String target, MultiMap headers) {
        int bytes = PSEUDO_HEADER_BYTES + target.length();
        for (Map.Entry<String, String> header : forService(headers)) {
            bytes += header.getKey().length() + header.getValue().length() + FIELD_OVERHEAD;
        }
        return bytes;
    }

    /** Copies response headers to the client; they replace headers of the same name. */
    static void copyToClient(MultiMap headers, MultiMap to) {
        MultiMap kept =
                copy(headers, MultiMap.caseInsensitiveMultiMap(), DROPPED_FROM_RESPONSE, DROPPED_RESPONSE_PREFIXES);
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
