package dev.chatgateway.embedded.request;

import io.vertx.core.MultiMap;
import org.jspecify.annotations.Nullable;

/**
 * A completely received request.
 *
 * @param uri request target, undecoded: the signature covers it
 * @param authority Host header, verbatim; empty if absent
 * @param base scheme and authority of links
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Request(
        Operation.Target target,
        String method,
        String uri,
        @Nullable String query,
        String authority,
        boolean secure,
        String base,
        MultiMap headers,
        byte[] body) {}
