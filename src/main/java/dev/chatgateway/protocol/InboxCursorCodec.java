package dev.chatgateway.protocol;

import dev.chatgateway.event.InboxFeed.InboxPosition;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes signed inbox cursors: a position in the user's thread list, 60 characters. A cursor is bound to the
 * user and grants no access. Thread-safe.
 */
public final class InboxCursorCodec {
    private static final byte VERSION = 1;
    private static final int USER = 8;
    private static final int LENGTH = 1 + USER + Long.BYTES + Integer.BYTES + Long.BYTES + SigningKeys.TAG;

    private final SigningKeys keys;

    /**
     * @param current master key for new cursors, 16 bytes or more
     * @param previous master key before the last rotation, still accepted; null for none
     */
    public InboxCursorCodec(byte[] current, byte @Nullable [] previous) {
        keys = new SigningKeys("chatgateway inbox 1", current, previous);
    }

    /** The cursor of a position. */
    public String encode(String userId, InboxPosition position) {
        ByteBuffer buffer = ByteBuffer.allocate(LENGTH)
                .put(VERSION)
                .put(SigningKeys.hash(userId, USER))
                .putLong(position.time())
                .putInt(position.count())
                .putLong(position.threadsHash());
        keys.sign(buffer.array());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(buffer.array());
    }

    /**
     * Decodes a cursor that a client sent.
     *
     * @throws RpcError if it is malformed, tampered with, signed with another key, or of another user
     */
    public InboxPosition decode(String userId, String cursor) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(cursor);
        } catch (IllegalArgumentException e) {
            throw refused("not made by this gateway");
        }
        if (bytes.length != LENGTH || bytes[0] != VERSION || !keys.signed(bytes)) {
            throw refused("not made by this gateway");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 1, LENGTH - 1);
        byte[] user = new byte[USER];
        buffer.get(user);
        if (!MessageDigest.isEqual(user, SigningKeys.hash(userId, USER))) {
            throw refused("of another user");
        }
        return new InboxPosition(buffer.getLong(), buffer.getInt(), buffer.getLong());
    }

    private static RpcError refused(String what) {
        return RpcError.invalidParams(
                "cursor: " + what + " (expected: the cursor of the inbox's last notification or answer)");
    }
}
