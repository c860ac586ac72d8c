package dev.chatgateway.embedded.request;

import io.vertx.core.MultiMap;
import org.jspecify.annotations.Nullable;

/**
 * A request as received, complete.
 *
 * @param uri request target, undecoded: the signature covers it
 * @param authority Host header, verbatim; empty when there was none
 * @param base scheme and authority for links
 */
@SuppressWarnings("ArrayRecordComponent") // passed along once, compared never
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
