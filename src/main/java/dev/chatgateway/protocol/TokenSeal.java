package dev.chatgateway.protocol;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts users' tokens on their way from one node of the cluster to another, with AES-256-GCM and a key that is derived
 * from the signing key, which all nodes share. A sealed token is bound to a context: it opens for no other. Thread-safe.
 */
public final class TokenSeal {
    private static final byte VERSION = 1;
    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;
    private static final int HEAD = 1 + NONCE;
    private static final byte[] PURPOSE = "chatgateway signaling token 1".getBytes(StandardCharsets.US_ASCII);

    private final SecureRandom random = new SecureRandom();
    private final List<SecretKeySpec> keys;

    /**
     * @param current master key for new seals, 16 bytes or more
     * @param previous master key before the last rotation, still accepted; null for none
     */
    public TokenSeal(byte[] current, byte @Nullable [] previous) {
        keys = Stream.of(current, previous == null ? current : previous)
                .map(master -> new SecretKeySpec(SigningKeys.derived(master, PURPOSE), "AES"))
                .toList();
    }

    /** The token as text that only a node with the same key can read. */
    public String seal(String token, String context) {
        byte[] nonce = new byte[NONCE];
        random.nextBytes(nonce);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, keys.get(0), nonce, context);
            byte[] sealed = cipher.doFinal(token.getBytes(StandardCharsets.UTF_8));
            byte[] all = new byte[HEAD + sealed.length];
            all[0] = VERSION;
            System.arraycopy(nonce, 0, all, 1, NONCE);
            System.arraycopy(sealed, 0, all, HEAD, sealed.length);
            return Base64.getEncoder().encodeToString(all);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM: not available (expected: every Java platform has it)", e);
        }
    }

    /** The token in a text; empty unless it was sealed with one of the keys for this context. */
    public Optional<String> open(String sealed, String context) {
        byte[] all;
        try {
            all = Base64.getDecoder().decode(sealed);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (all.length <= HEAD || all[0] != VERSION) {
            return Optional.empty();
        }
        return keys.stream().flatMap(key -> open(all, key, context).stream()).findFirst();
    }

    private static Optional<String> open(byte[] all, SecretKeySpec key, String context) {
        try {
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, Arrays.copyOfRange(all, 1, HEAD), context);
            byte[] token = cipher.doFinal(all, HEAD, all.length - HEAD);
            return Optional.of(new String(token, StandardCharsets.UTF_8));
        } catch (GeneralSecurityException other) {
            return Optional.empty();
        }
    }

    private static Cipher cipher(int mode, SecretKeySpec key, byte[] nonce, String context)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(context.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
