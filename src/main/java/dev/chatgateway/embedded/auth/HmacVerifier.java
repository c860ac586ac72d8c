package dev.chatgateway.embedded.auth;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.Request;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Verifies HMAC-SHA256 signatures of identity requests (docs/service-reference.md, Identity). */
public final class HmacVerifier {
    private static final String SCHEME = "HMAC-SHA256 ";
    private static final String HASH = "x-ms-content-sha256";
    private static final long TOLERANCE_MS = 15 * 60 * 1000;

    private final AccessKey key;

    public HmacVerifier(AccessKey key) {
        this.key = key;
    }

    /** @throws ApiError 401 */
    void verify(Request request, long now) {
        String header = request.headers().get("Authorization");
        if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw ApiError.unauthorized("An HMAC-SHA256 signature is required.");
        }
        String signed = parameter(header, "SignedHeaders=");
        String signature = parameter(header, "Signature=");
        if (signed == null || signature == null) {
            throw ApiError.unauthorized("The signature needs SignedHeaders and Signature.");
        }
        List<String> names = List.of(signed.toLowerCase(Locale.ROOT).split(";", -1));
        boolean dated = names.contains("x-ms-date") || names.contains("date");
        if (!dated || !names.contains("host") || !names.contains(HASH)) {
            throw ApiError.unauthorized("SignedHeaders must name a date, host and " + HASH + ".");
        }
        checkDate(request, names, now);
        checkBody(request);
        checkSignature(request, values(request, names), signature);
    }

    private static @Nullable String parameter(String header, String name) {
        for (String part : header.substring(SCHEME.length()).split("&", -1)) {
            if (part.trim().startsWith(name)) {
                return part.trim().substring(name.length());
            }
        }
        return null;
    }

    private static void checkDate(Request request, List<String> names, long now) {
        String date = value(request, names.contains("x-ms-date") ? "x-ms-date" : "date");
        try {
            long time = OffsetDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant()
                    .toEpochMilli();
            if (Math.abs(time - now) <= TOLERANCE_MS) {
                return;
            }
        } catch (DateTimeException e) {
            throw ApiError.unauthorized("The date of the signature cannot be read.");
        }
        throw ApiError.unauthorized("The date of the signature is more than 15 minutes off.");
    }

    private static void checkBody(Request request) {
        byte[] given = value(request, HASH).getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(given, Base64.getEncoder().encode(sha256(request.body())))) {
            throw ApiError.unauthorized("The content hash does not fit the body.");
        }
    }

    private static String values(Request request, List<String> names) {
        return String.join(";", names.stream().map(n -> value(request, n)).toList());
    }

    /** The host is used verbatim: the official Java client signs and sends it without the port. */
    private static String value(Request request, String name) {
        String value =
                name.equals("host") ? request.authority() : request.headers().get(name);
        return value == null ? "" : value;
    }

    private void checkSignature(Request request, String values, String signature) {
        boolean matches = matches(request.method(), request.uri(), values, signature);
        if (!matches && !request.secure()) {
            // The official Python client assumes https:// and cuts one character too many off an http:// URL.
            matches = matches(request.method(), request.uri().substring(1), values, signature);
        }
        if (!matches) {
            throw ApiError.unauthorized("The signature does not fit the request and the access key.");
        }
    }

    private boolean matches(String method, String target, String values, String signature) {
        byte[] expected = Base64.getEncoder().encode(key.sign(method + "\n" + target + "\n" + values));
        return MessageDigest.isEqual(expected, signature.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] sha256(byte[] body) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(body);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
