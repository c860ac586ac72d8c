package dev.chatgateway.protocol;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Session tickets: a signed note that the chat service accepted a token at a certain time, so that a reconnect soon after
 * need not ask again. Bound to the token (and so to its user), useless without it. Safe for any thread.
 */
public final class TicketCodec {
    /** A ticket's life at most. */
    public static final Duration LIFE = Duration.ofMinutes(5);

    /** How long a proof stands; no ticket outlives it, and a ticket from a ticket does not extend it. */
    public static final Duration PROOF = Duration.ofMinutes(10);

    private static final byte VERSION = 1;
    private static final int TOKEN_HASH = 16;
    private static final int LENGTH = 1 + TOKEN_HASH + Long.BYTES + Long.BYTES + SigningKeys.TAG;

    private final SigningKeys keys;

    /**
     * @param current master key, 16 bytes or more
     * @param previous key of before the last rotation, still accepted; null for none
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

    /** When the service accepted the token; empty unless the ticket is good, for this token, and in its life. */
    public Optional<Instant> provenAt(String ticket, String token, Instant now) {
        return read(ticket, token).filter(note -> now.isBefore(note.end)).map(Note::provenAt);
    }

    /** Whether the ticket is good and for this token, however old: then the service has accepted the token once. */
    public boolean vouches(String ticket, String token) {
        return read(ticket, token).isPresent();
    }

    private record Note(Instant provenAt, Instant end) {}

    private Optional<Note> read(String ticket, String token) {
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
        Note note = new Note(Instant.ofEpochMilli(buffer.getLong()), Instant.ofEpochMilli(buffer.getLong()));
        return MessageDigest.isEqual(hash, SigningKeys.hash(token, TOKEN_HASH)) ? Optional.of(note) : Optional.empty();
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }
}
