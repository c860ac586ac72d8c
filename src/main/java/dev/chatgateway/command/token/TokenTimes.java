package dev.chatgateway.command.token;

import dev.chatgateway.event.UserToken;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * When something was learned of a token, by the hash of the token. The oldest entry is forgotten first. Owned by {@link
 * ProvenTokens} and guarded by its lock.
 */
final class TokenTimes {
    /** About 200 bytes each. */
    private static final int KEPT = 100_000;

    private final long lifeMs;
    private final Map<String, Long> times = new LinkedHashMap<>(64, 0.75f, true);

    /** @param lifeMs how long an entry counts */
    TokenTimes(long lifeMs) {
        this.lifeMs = lifeMs;
    }

    /** What stands for a token here. */
    static String hash(UserToken token) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(token.secret().getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }

    /** Milliseconds since it was learned; -1 if it was not, or too long ago. */
    long ageMs(String hash, long now) {
        Long at = times.get(hash);
        return at == null || now - at >= lifeMs ? -1 : Math.max(0, now - at);
    }

    /** Whether there is an entry that counts. */
    boolean has(String hash, long now) {
        return ageMs(hash, now) >= 0;
    }

    void put(String hash, long now) {
        times.put(hash, now);
        if (times.size() > KEPT) {
            times.remove(times.keySet().iterator().next());
        }
    }

    void remove(String hash) {
        times.remove(hash);
    }
}
