package dev.chatgateway.embedded.auth;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** The access key, which signs identity requests, and the token key that is derived from it. */
public final class AccessKey {
    private static final String ALGORITHM = "HmacSHA256";
    private static final String FILE = "embedded.key";
    private static final int GENERATED_BYTES = 64;
    private static final int MIN_BYTES = 16;

    private final String text;
    private final byte[] bytes;

    private AccessKey(String text, byte[] bytes) {
        this.text = text;
        this.bytes = bytes;
    }

    /**
     * The configured key, else the key of an earlier start, else a new one. Blocking.
     *
     * @throws IOException one line that names the setting or file
     */
    public static AccessKey loadOrCreate(@Nullable String configured, Path dataDirectory) throws IOException {
        if (configured != null) {
            return of(configured.trim(), "embedded.accessKey");
        }
        Path file = dataDirectory.resolve(FILE);
        try {
            if (!Files.exists(file)) {
                Files.createDirectories(dataDirectory);
                create(file);
            }
            return of(Files.readString(file).trim(), file.toString());
        } catch (IOException e) {
            throw e.getMessage() != null && e.getMessage().startsWith(file + ": (")
                    ? e
                    : new IOException(file + ": the access key cannot be read or written (" + e + ")", e);
        }
    }

    private static AccessKey of(String text, String source) throws IOException {
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            if (bytes.length >= MIN_BYTES) {
                return new AccessKey(text, bytes);
            }
        } catch (IllegalArgumentException e) {
            // fails below, like a short key
        }
        throw new IOException(source + ": (expected: base64 of at least " + MIN_BYTES + " bytes)");
    }

    /** Writes another file and moves it, so that no reader sees half a key; mode 0600 from its creation. */
    private static void create(Path file) throws IOException {
        byte[] random = new byte[GENERATED_BYTES];
        new SecureRandom().nextBytes(random);
        Path fresh = file.resolveSibling(FILE + ".new");
        Files.deleteIfExists(fresh);
        boolean posix = Files.getFileStore(file.toAbsolutePath().getParent()).supportsFileAttributeView("posix");
        FileAttribute<?>[] mode = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        try (SeekableByteChannel channel =
                Files.newByteChannel(fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode)) {
            channel.write(ByteBuffer.wrap(
                    (Base64.getEncoder().encodeToString(random) + "\n").getBytes(StandardCharsets.US_ASCII)));
        }
        try {
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException e) {
            Files.deleteIfExists(fresh);
        }
    }

    /** Base64, as in a connection string. */
    public String text() {
        return text;
    }

    byte[] sign(String message) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(bytes, ALGORITHM));
            return mac.doFinal(message.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The key that signs access tokens: 32 bytes. */
    public byte[] tokenKey() {
        return sign("chat-gateway embedded access tokens");
    }
}
