package dev.chatgateway.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Signed references to sessions of the official client's live channel. The upgrade to a WebSocket carries no token: the
 * reference is its credential. It names the user, the client's registration id and the end of the token that it was issued
 * for. It consists of characters that a URL may hold unescaped. Safe for any thread.
 */
public final class SessionReferenceCodec {
    private static final byte VERSION = 1;
    private static final int HEAD = 1 + Long.BYTES + 1;
    private static final int LONGEST = 1024;

    private final SigningKeys keys;

    /**
     * @param current master key, 16 bytes or more
     * @param previous key of before the last rotation, still accepted; null for none
     */
    public SessionReferenceCodec(byte[] current, byte @Nullable [] previous) {
        keys = new SigningKeys("chatgateway signaling session 1", current, previous);
    }

    /**
     * What a reference says.
     *
     * @param registrationId the client's own id, the same over all its connections
     * @param end of the token that the reference was issued for
     */
    public record Reference(String userId, String registrationId, Instant end) {}

    /** The reference as text. The registration id has at most 127 ASCII characters. */
    public String issue(Reference reference) {
        byte[] id = reference.registrationId().getBytes(StandardCharsets.US_ASCII);
        byte[] user = reference.userId().getBytes(StandardCharsets.UTF_8);
        if (id.length > Byte.MAX_VALUE) {
            throw new IllegalArgumentException("registration id: " + id.length + " bytes (expected: 127 at most)");
        }
        ByteBuffer buffer = ByteBuffer.allocate(HEAD + id.length + user.length + SigningKeys.TAG)
                .put(VERSION)
                .putLong(reference.end().toEpochMilli())
                .put((byte) id.length)
                .put(id)
                .put(user);
        keys.sign(buffer.array());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(buffer.array());
    }

    /** Reads a reference; empty unless it was signed here. It may have ended: the caller compares the end. */
    public Optional<Reference> read(String text) {
        byte[] bytes = decoded(text);
        if (bytes.length <= HEAD + SigningKeys.TAG || bytes[0] != VERSION || !keys.signed(bytes)) {
            return Optional.empty();
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 1, bytes.length - 1 - SigningKeys.TAG);
        Instant end = Instant.ofEpochMilli(buffer.getLong());
        byte[] id = new byte[buffer.get()];
        buffer.get(id);
        byte[] user = new byte[buffer.remaining()];
        buffer.get(user);
        return Optional.of(new Reference(
                new String(user, StandardCharsets.UTF_8), new String(id, StandardCharsets.US_ASCII), end));
    }

    private static byte[] decoded(String text) {
        try {
            return text.length() > LONGEST
                    ? new byte[0]
                    : Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }
}
