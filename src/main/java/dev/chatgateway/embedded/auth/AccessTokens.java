package dev.chatgateway.embedded.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.Json;
import dev.chatgateway.embedded.request.Scope;
import dev.chatgateway.embedded.store.Rows;
import dev.chatgateway.embedded.store.Store;
import java.io.IOException;
import java.text.ParseException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Issues and verifies access tokens, JWTs that are signed with HS256 by a key derived from the access key: a new access
 * key revokes them all. Used inside {@link Store#run} only.
 */
public final class AccessTokens {
    /** Verified tokens that are cached; a gateway sends few tokens many times. */
    private static final int CACHED = 10_000;

    private static final JWSHeader HEADER = new JWSHeader.Builder(JWSAlgorithm.HS256)
            .type(JOSEObjectType.JWT)
            .keyID("embedded")
            .build();

    private final MACSigner signer;
    private final MACVerifier verifier;
    private final String resource;
    private final Cache<String, Claims> verified =
            Caffeine.newBuilder().executor(Runnable::run).maximumSize(CACHED).build();

    public AccessTokens(byte[] signingKey, String resource) {
        this.resource = resource;
        try {
            this.signer = new MACSigner(signingKey);
            this.verifier = new MACVerifier(signingKey);
        } catch (JOSEException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** A new token and its expiry in epoch milliseconds; its claim has whole seconds. */
    public record Issued(String token, long expiresOn) {
        @Override
        public String toString() {
            return "Issued[expiresOn=" + expiresOn + "]";
        }
    }

    /** The claims of a valid token; {@code expiresOn} in epoch milliseconds. */
    record Claims(String user, Set<Scope> scopes, long generation, long expiresOn) {}

    public Issued issue(Rows.Identity identity, List<Scope> scopes, int minutes, long now) {
        long issued = now / 1000;
        long expires = issued + minutes * 60L;
        JWSObject token = new JWSObject(HEADER, new Payload(payload(identity, scopes, issued, expires)));
        try {
            token.sign(signer);
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        return new Issued(token.serialize(), now + minutes * 60_000L);
    }

    /**
     * ASCII without blanks and without {@code > ? ~}: the official Java client decodes it with the standard base64 alphabet
     * and searches for digits directly after {@code "exp":}. {@code gen} tells tokens from before a revocation, for which
     * {@code iat} is too coarse; {@code jti} makes two tokens of one second differ.
     */
    private String payload(Rows.Identity identity, List<Scope> scopes, long issued, long expires) {
        String labels = scopes.stream().map(Scope::label).collect(Collectors.joining(","));
        return "{\"skypeid\":\"" + identity.id().substring(2) + "\",\"scp\":1792,\"csi\":\"" + issued + "\",\"exp\":"
                + expires + ",\"rgn\":\"amer\",\"acsScope\":\"" + labels + "\",\"resourceId\":\"" + resource
                + "\",\"resourceLocation\":\"unitedstates\",\"iat\":" + issued + ",\"gen\":" + identity.generation()
                + ",\"jti\":\"" + UUID.randomUUID() + "\"}";
    }

    /**
     * Checks form and signature; the caller checks expiry and user.
     *
     * @throws ApiError 401
     */
    Claims verify(String token) {
        return verified.get(token, this::check);
    }

    private Claims check(String token) {
        try {
            JWSObject jws = JWSObject.parse(token);
            if (!jws.getHeader().getAlgorithm().equals(JWSAlgorithm.HS256) || !jws.verify(verifier)) {
                throw invalid();
            }
            JsonNode claims = Json.MAPPER.readTree(jws.getPayload().toString());
            Set<Scope> scopes = EnumSet.noneOf(Scope.class);
            for (String label : claims.path("acsScope").asText().split(",", -1)) {
                Scope.named(label).ifPresent(scopes::add);
            }
            return new Claims(
                    "8:" + claims.path("skypeid").asText(),
                    scopes,
                    claims.path("gen").asLong(),
                    claims.path("exp").asLong() * 1000);
        } catch (ParseException | JOSEException | IOException e) {
            throw invalid();
        }
    }

    private static ApiError invalid() {
        return ApiError.unauthorized("The access token is malformed or was not issued by this resource.");
    }
}
