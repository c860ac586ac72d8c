package dev.chatgateway.admin;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Admits requests that send the secret (management.secret) as a bearer token. Keeps only its hash. */
final class BearerGuard {
    private static final String SCHEME = "Bearer ";

    private final byte[] secretHash;

    BearerGuard(String secret) {
        secretHash = hash(secret);
    }

    void check(RoutingContext context) {
        // Compares hashes, which have one length, so that the time does not depend on the length of the secret.
        if (MessageDigest.isEqual(hash(shown(context)), secretHash)) {
            context.next();
        } else {
            context.response()
                    .setStatusCode(401)
                    .putHeader("WWW-Authenticate", "Bearer")
                    .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8")
                    .end("Authorization: missing or wrong (expected: Bearer and management.secret)\n");
        }
    }

    private static String shown(RoutingContext context) {
        String header = context.request().getHeader(HttpHeaders.AUTHORIZATION);
        boolean bearer = header != null && header.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        return bearer ? header.substring(SCHEME.length()).strip() : "";
    }

    private static byte[] hash(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }
}
