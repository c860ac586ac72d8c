package dev.chatgateway.protocol;

import dev.chatgateway.event.Position;
import dev.chatgateway.event.Position.Hashed;
import dev.chatgateway.event.Position.Metadata;
import dev.chatgateway.event.Position.Since;
import dev.chatgateway.event.RecentStates;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes signed cursors: format byte, hash of the thread id, position, tag; 103 characters in base64url. A tag
 * is an HMAC-SHA256 truncated to 128 bits. Its key is derived from the master key for cursors only, so that nothing else
 * signed with the same master key is accepted as a cursor. Thread-safe.
 *
 * <p>Length and format byte are those of release 0.1, so that its nodes accept these cursors during a rolling update. They
 * decode the {@link RecentStates} as a range of messages that no listing can prove, and answer {@code resync}. A cursor of
 * that release is decoded as a position {@link #EARLIER_MS} below its version.
 */
public final class CursorCodec {
    private static final byte VERSION = 1;
    private static final int THREAD = 16;
    /** Bytes of {@link RecentStates}; release 0.1 has a range of message ids there. */
    private static final int RECENT = 4 + 8 + 4 + 8;

    /** Three hashes, or a time and zeros. */
    private static final int METADATA = 4 + 4 + 4;

    private static final int POSITION = 8 + RECENT + METADATA;
    private static final int TAG = 16;
    private static final int LENGTH = 1 + THREAD + POSITION + TAG;
    /** Index of the first byte of the range start in release 0.1. Its value makes the range start after every message. */
    private static final int START_AT = 4;

    private static final byte START = 0x7F;
    /** Index of the first byte of the message count in release 0.1: negative. Its low bits tell how states are encoded. */
    private static final int COUNT_AT = 12;

    private static final int COUNT = 0x80;
    /** Value of these bits when number and sum of the states follow, instead of the hash of each. */
    private static final int SUMMED = RecentStates.MOST_NAMED + 1;

    /**
     * Bit of the same byte: the position has a time in place of the three hashes. Positions of the live channel's sessions
     * have one; they may move to another node of the same build.
     */
    private static final int TIMED = 0x40;

    /** A node of release 0.1 could miss changes within this time before the version of its cursor, in milliseconds. */
    private static final long EARLIER_MS = 60_000;

    private static final String ALGORITHM = "HmacSHA256";
    private static final byte[] LABEL = "chatgateway cursor 1".getBytes(StandardCharsets.US_ASCII);

    /** Only cloned, never updated. Cloning takes a tenth of the time of getting an instance from the provider. */
    private static final MessageDigest SHA_256 = sha256();

    private final List<Mac> keys;

    /**
     * @param current master key for new cursors, 16 bytes or more
     * @param previous master key before the last rotation, still accepted; null for none
     */
    public CursorCodec(byte[] current, byte @Nullable [] previous) {
        keys = Stream.of(current, previous == null ? current : previous)
                .map(CursorCodec::derive)
                .map(CursorCodec::keyed)
                .toList();
    }

    /** The cursor of a position. */
    public String encode(String threadId, Position position) {
        ByteBuffer buffer = ByteBuffer.allocate(LENGTH);
        buffer.put(VERSION).put(hash(threadId));
        byte[] recent = recent(position.recent());
        Metadata metadata = position.metadata();
        if (metadata instanceof Since) {
            recent[COUNT_AT] |= TIMED;
        }
        buffer.putLong(position.version()).put(recent).put(metadata(metadata));
        buffer.put(tag(keys.get(0), buffer.array()));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(buffer.array());
    }

    /**
     * Decodes a cursor that a client sent for a thread.
     *
     * @throws RpcError if it is malformed, tampered with, signed with another key, or of another thread
     */
    public Cursor decode(String threadId, String cursor) {
        byte[] bytes = bytes(cursor);
        if (bytes.length != LENGTH || bytes[0] != VERSION || !signed(bytes)) {
            throw refused("not made by this gateway");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        buffer.get();
        byte[] thread = new byte[THREAD];
        buffer.get(thread);
        if (!MessageDigest.isEqual(thread, hash(threadId))) {
            throw refused("of another thread");
        }
        long version = buffer.getLong();
        byte[] recent = new byte[RECENT];
        buffer.get(recent);
        boolean earlier = recent[COUNT_AT] >= 0;
        boolean timed = !earlier && (recent[COUNT_AT] & TIMED) != 0;
        return new Cursor(
                threadId,
                new Position(
                        earlier ? version - EARLIER_MS : version,
                        earlier ? RecentStates.NONE : recent(recent),
                        timed
                                ? new Since(buffer.getLong())
                                : new Hashed(buffer.getInt(), buffer.getInt(), buffer.getInt())));
    }

    private static byte[] metadata(Metadata metadata) {
        ByteBuffer free = ByteBuffer.allocate(METADATA);
        if (metadata instanceof Hashed hashed) {
            free.putInt(hashed.rosterHash()).putInt(hashed.propertiesHash()).putInt(hashed.receiptsHash());
        } else if (metadata instanceof Since since) {
            free.putLong(since.time());
        }
        return free.array();
    }

    private static byte[] recent(RecentStates states) {
        ByteBuffer free = ByteBuffer.allocate(RECENT - 2);
        if (states.named()) {
            for (int hash : states.hashes()) {
                free.put((byte) (hash >> 16)).put((byte) (hash >> 8)).put((byte) hash);
            }
        } else {
            free.putInt(states.count()).putLong(states.sum()).putInt(states.spanMs());
        }
        byte[] all = new byte[RECENT];
        System.arraycopy(free.array(), 0, all, 0, START_AT);
        System.arraycopy(free.array(), START_AT, all, START_AT + 1, COUNT_AT - START_AT - 1);
        System.arraycopy(free.array(), COUNT_AT - 1, all, COUNT_AT + 1, RECENT - COUNT_AT - 1);
        all[START_AT] = START;
        all[COUNT_AT] = (byte) (COUNT | (states.named() ? states.count() : SUMMED));
        return all;
    }

    private static RecentStates recent(byte[] all) {
        ByteBuffer free = ByteBuffer.allocate(RECENT - 2);
        free.put(all, 0, START_AT)
                .put(all, START_AT + 1, COUNT_AT - START_AT - 1)
                .put(all, COUNT_AT + 1, RECENT - COUNT_AT - 1)
                .flip();
        int kept = all[COUNT_AT] & (TIMED - 1);
        if (kept == SUMMED) {
            return new RecentStates(free.getInt(), free.getLong(), List.of(), free.getInt());
        }
        List<Integer> hashes = new ArrayList<>(kept);
        for (int i = 0; i < kept; i++) {
            hashes.add((free.get() & 0xFF) << 16 | (free.get() & 0xFF) << 8 | (free.get() & 0xFF));
        }
        return new RecentStates(kept, 0, hashes, 0);
    }

    /** The version of a cursor, epoch milliseconds by the service's clock; empty for an invalid cursor. */
    public OptionalLong version(String cursor) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(cursor);
            return bytes.length == LENGTH && bytes[0] == VERSION && signed(bytes)
                    ? OptionalLong.of(ByteBuffer.wrap(bytes).getLong(1 + THREAD))
                    : OptionalLong.empty();
        } catch (IllegalArgumentException e) {
            return OptionalLong.empty();
        }
    }

    private boolean signed(byte[] bytes) {
        byte[] tag = Arrays.copyOfRange(bytes, LENGTH - TAG, LENGTH);
        boolean found = false;
        for (Mac key : keys) {
            found |= MessageDigest.isEqual(tag, tag(key, bytes));
        }
        return found;
    }

    private static byte[] bytes(String cursor) {
        try {
            return Base64.getUrlDecoder().decode(cursor);
        } catch (IllegalArgumentException e) {
            throw refused("not made by this gateway");
        }
    }

    private static RpcError refused(String what) {
        return RpcError.invalidParams(
                "cursor: " + what + " (expected: the cursor of this thread's last event or answer)");
    }

    private static SecretKeySpec derive(byte[] master) {
        if (master.length < 16) {
            throw new IllegalArgumentException("cursor key: " + master.length + " bytes (expected: 16 or more)");
        }
        byte[] derived = mac(keyed(new SecretKeySpec(master, ALGORITHM)), LABEL, LABEL.length);
        return new SecretKeySpec(derived, ALGORITHM);
    }

    private static byte[] tag(Mac key, byte[] bytes) {
        return Arrays.copyOf(mac(key, bytes, LENGTH - TAG), TAG);
    }

    /** Only cloned, never updated, so that any thread may use it. */
    private static Mac keyed(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HMAC-SHA256: not available (expected: every Java platform has it)", e);
        }
    }

    private static byte[] mac(Mac key, byte[] bytes, int length) {
        try {
            Mac mac = (Mac) key.clone();
            mac.update(bytes, 0, length);
            return mac.doFinal();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("HMAC-SHA256: can't be copied (expected: the platform's own can)", e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("SHA-256: not available (expected: every Java platform has it)", e);
        }
    }

    private static byte[] hash(String threadId) {
        try {
            MessageDigest digest = (MessageDigest) SHA_256.clone();
            return Arrays.copyOf(digest.digest(threadId.getBytes(StandardCharsets.UTF_8)), THREAD);
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("SHA-256: can't be copied (expected: the platform's own can)", e);
        }
    }
}
