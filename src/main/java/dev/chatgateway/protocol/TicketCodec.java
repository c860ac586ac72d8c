package dev.chatgateway.protocol;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes session tickets: a signed record of when the chat service accepted a token, so that a reconnect soon
 * after needs no call. A ticket is bound to the token, and thereby to its user, and useless without it. Thread-safe.
 */
public final class TicketCodec {
    /** Lifetime of a ticket. */
    public static final Duration LIFE = Duration.ofMinutes(5);

    /** How long an acceptance is valid. No ticket is valid longer, and a ticket issued for a ticket does not extend it. */
    public static final Duration PROOF = Duration.ofMinutes(10);

    private static final byte VERSION = 1;
    private static final int TOKEN_HASH = 16;
    private static final int LENGTH = 1 + TOKEN_HASH + Long.BYTES + Long.BYTES + SigningKeys.TAG;

    private final SigningKeys keys;

    /**
     * @param current master key for new tickets, 16 bytes or more
     * @param previous master key before the last rotation, still accepted; null for none
     */
    public TicketCodec(byte[] current, byte @Nullable [] previous) {
        keys = new SigningKeys("chatgateway ticket 1", current, previous);
    }

    /** A ticket for a token that the service accepted at {@code provenAt}. */
    public String issue(String token, Instant provenAt, Instant now) {
        Instant end = earlier(now.plus(LIFE), provenAt.plus(PROOF));
        ByteBuffer buffer = ByteBuffer.allocate(LENGTH)
                .put(VERSION)
                .put(SigningKeys.hash(token, TOKEN_HASH))
                .putLong(provenAt.toEpochMilli())
                .putLong(end.toEpochMilli());
        keys.sign(buffer.array());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(buffer.array());
    }

    /** When the service accepted the token; empty if the ticket is invalid, expired or for another token. */
    public Optional<Instant> provenAt(String ticket, String token, Instant now) {
        return decode(ticket, token).filter(claims -> now.isBefore(claims.end)).map(Claims::provenAt);
    }

    /** Whether the ticket is valid for this token, expired or not: the service has accepted the token at some time. */
    public boolean vouches(String ticket, String token) {
        return decode(ticket, token).isPresent();
    }

    private record Claims(Instant provenAt, Instant end) {}

    private Optional<Claims> decode(String ticket, String token) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(ticket);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (bytes.length != LENGTH || bytes[0] != VERSION || !keys.signed(bytes)) {
            return Optional.empty();
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 1, LENGTH - 1);
        byte[] hash = new byte[TOKEN_HASH];
        buffer.get(hash);
        Claims claims = new Claims(Instant.ofEpochMilli(buffer.getLong()), Instant.ofEpochMilli(buffer.getLong()));
        return MessageDigest.isEqual(hash, SigningKeys.hash(token, TOKEN_HASH))
                ? Optional.of(claims)
                : Optional.empty();
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }
}
