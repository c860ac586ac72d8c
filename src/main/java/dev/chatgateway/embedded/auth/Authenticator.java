package dev.chatgateway.embedded.auth;

import dev.chatgateway.embedded.faults.FaultSwitches;
import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.Request;
import dev.chatgateway.embedded.request.Scope;
import dev.chatgateway.embedded.store.Rows;
import dev.chatgateway.embedded.store.Table;
import java.util.Set;

/** Authenticates requests: chat by a user's access token, identity by a signature with the access key. */
public final class Authenticator {
    private static final String BEARER = "Bearer ";

    private final Table<Rows.Identity> identities;
    private final AccessTokens tokens;
    private final HmacVerifier signatures;
    private final FaultSwitches faults;

    public Authenticator(
            Table<Rows.Identity> identities, AccessTokens tokens, HmacVerifier signatures, FaultSwitches faults) {
        this.identities = identities;
        this.tokens = tokens;
        this.signatures = signatures;
        this.faults = faults;
    }

    /** @param user empty for a request that is signed with the access key; it has no scopes */
    public record Caller(String user, Set<Scope> scopes) {}

    /** @throws ApiError 401 */
    public Caller authenticate(Request request, long now) {
        if (request.target().operation().scope() == null) {
            signatures.verify(request, now);
            return new Caller("", Set.of());
        }
        String header = request.headers().get("Authorization");
        if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            throw ApiError.unauthorized("A bearer token is required.");
        }
        AccessTokens.Claims claims =
                tokens.verify(header.substring(BEARER.length()).trim());
        if (claims.expiresOn() <= now || faults.get().expiredTokens()) {
            throw ApiError.unauthorized("The access token has expired.");
        }
        Rows.Identity identity = identities.get(claims.user());
        if (identity == null || identity.generation() != claims.generation()) {
            throw ApiError.unauthorized("The access token was revoked.");
        }
        if (!Scope.CHAT_JOIN_LIMITED.reachedBy(claims.scopes())) {
            throw ApiError.unauthorized("The access token has no chat scope.");
        }
        return new Caller(claims.user(), claims.scopes());
    }
}
