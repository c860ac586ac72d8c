package dev.chatgateway.event;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.JWTParser;
import java.text.ParseException;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * A user access token of the chat service with the two claims that the gateway uses. The claims are not verified: they can
 * be trusted only after the service has accepted the token in a call.
 */
public final class UserToken {
    private static final Pattern CHARACTERS = Pattern.compile("[A-Za-z0-9._~+/=-]+");

    private final String userId;
    private final Instant expiresOn;
    private final String secret;

    private UserToken(String userId, Instant expiresOn, String secret) {
        this.userId = userId;
        this.expiresOn = expiresOn;
        this.secret = secret;
    }

    /**
     * Parses a token without verifying it.
     *
     * @throws IllegalArgumentException if it is no JWT with a user and an expiry; the message never quotes the token
     */
    public static UserToken parse(String jwt) {
        // The parser skips characters that base64url does not have. In a request header they would be dangerous.
        if (!CHARACTERS.matcher(jwt).matches()) {
            throw new IllegalArgumentException("token: a character that no token has (expected: a user access token)");
        }
        try {
            JWTClaimsSet claims = JWTParser.parse(jwt).getJWTClaimsSet();
            // An encrypted token has no readable claims.
            String skypeId = claims == null ? null : claims.getStringClaim("skypeid");
            if (claims == null || skypeId == null || claims.getExpirationTime() == null) {
                throw new IllegalArgumentException("token: no user or expiry in it (expected: claims skypeid and exp)");
            }
            return new UserToken("8:" + skypeId, claims.getExpirationTime().toInstant(), jwt);
        } catch (ParseException e) {
            throw new IllegalArgumentException("token: not a JSON web token (expected: a user access token)");
        }
    }

    /** Raw id of the user that the token claims to be. */
    public String userId() {
        return userId;
    }

    /** When the token expires, to the second. */
    public Instant expiresOn() {
        return expiresOn;
    }

    /** The token itself. Use it for the Authorization header of calls to the service only. */
    public String secret() {
        return secret;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UserToken token && token.secret.equals(secret);
    }

    @Override
    public int hashCode() {
        return secret.hashCode();
    }

    /** Does not contain the secret. */
    @Override
    public String toString() {
        return "UserToken[user=" + userId + ", expiresOn=" + expiresOn + "]";
    }
}
