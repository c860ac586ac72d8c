package dev.chatgateway.rest;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A static file.
 *
 * @param etag strong entity tag: a hash of the content, in quotes
 */
record Asset(String name, Buffer body, String contentType, String etag) {

    /** Loads a file below {@code /web} of the class path. Blocks; call it at startup. */
    static Asset load(String name) {
        try (InputStream in = Asset.class.getResourceAsStream("/web/" + name)) {
            if (in == null) {
                throw new IllegalStateException("/web/" + name + " (expected: on the class path)");
            }
            byte[] bytes = in.readAllBytes();
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            String tag = Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, 12));
            return new Asset(name, Buffer.buffer(bytes), contentType(name), '"' + tag + '"');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }

    /** Whether an If-None-Match header names this content (RFC 9110 section 13.1.2). */
    boolean matches(@Nullable String ifNoneMatch) {
        if (ifNoneMatch == null) {
            return false;
        }
        return Arrays.stream(ifNoneMatch.split(",", -1))
                .map(String::trim)
                .anyMatch(tag -> tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag));
    }

    private static String contentType(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "svg" -> "image/svg+xml";
            // Browsers do not execute it; editors and curl display it.
            case "ts" -> "text/plain; charset=utf-8";
            case "yaml" -> "application/yaml; charset=utf-8";
            default -> throw new IllegalArgumentException(name + " (expected: html, js, css, svg, ts or yaml)");
        };
    }
}
