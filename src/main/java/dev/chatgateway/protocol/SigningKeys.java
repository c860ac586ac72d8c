package dev.chatgateway.protocol;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs with HMAC-SHA256 tags truncated to 128 bits. The keys are derived from the master keys for one purpose: a tag for
 * another purpose under the same master key is not accepted. Thread-safe.
 */
final class SigningKeys {
    /** Length of a tag in bytes. */
    static final int TAG = 16;

    private static final int MASTER = 16;
    private static final String ALGORITHM = "HmacSHA256";

    private final List<SecretKeySpec> keys;

    /**
     * @param purpose what is signed, with its format version
     * @param current master key for new tags, 16 bytes or more
     * @param previous master key before the last rotation, still accepted; null for none
     */
    SigningKeys(String purpose, byte[] current, byte @Nullable [] previous) {
        byte[] label = purpose.getBytes(StandardCharsets.US_ASCII);
        keys = Stream.of(current, previous == null ? current : previous)
                .map(master -> new SecretKeySpec(derived(master, label), ALGORITHM))
                .toList();
    }

    /** Writes a tag into the last {@link #TAG} bytes, over all bytes before them. */
    void sign(byte[] bytes) {
        byte[] tag = tag(keys.get(0), bytes);
        System.arraycopy(tag, 0, bytes, bytes.length - TAG, TAG);
    }

    /** Whether the last {@link #TAG} bytes are a tag over the bytes before them, with any of the keys. */
    boolean signed(byte[] bytes) {
        byte[] tag = Arrays.copyOfRange(bytes, bytes.length - TAG, bytes.length);
        boolean found = false;
        for (SecretKeySpec key : keys) {
            found |= MessageDigest.isEqual(tag, tag(key, bytes));
        }
        return found;
    }

    /** SHA-256 of a text, truncated to that many bytes. */
    static byte[] hash(String text, int length) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Arrays.copyOf(digest, length);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("SHA-256: not available (expected: every Java platform has it)", e);
        }
    }

    /** The key of 32 bytes for one purpose. */
    static byte[] derived(byte[] master, byte[] label) {
        if (master.length < MASTER) {
            throw new IllegalArgumentException(
                    "signing key: " + master.length + " bytes (expected: " + MASTER + " or more)");
        }
        return mac(new SecretKeySpec(master, ALGORITHM), label, label.length);
    }

    private static byte[] tag(SecretKeySpec key, byte[] bytes) {
        return Arrays.copyOf(mac(key, bytes, bytes.length - TAG), TAG);
    }

    private static byte[] mac(SecretKeySpec key, byte[] bytes, int length) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(bytes, 0, length);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HMAC-SHA256: not available (expected: every Java platform has it)", e);
        }
    }
}
