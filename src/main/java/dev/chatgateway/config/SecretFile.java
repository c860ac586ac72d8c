package dev.chatgateway.config;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;

/** A key that a node makes for itself once and keeps in its data directory, readable by its owner only. Blocking. */
public final class SecretFile {
    private SecretFile() {}

    /** The key in the file; a new random one of that many bytes if there is no file yet. */
    public static byte[] loadOrCreate(Path file, int bytes) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        if (!Files.exists(file)) {
            byte[] key = new byte[bytes];
            new SecureRandom().nextBytes(key);
            write(file, Base64.getEncoder().encodeToString(key) + '\n');
        }
        try {
            return Base64.getDecoder().decode(Files.readString(file).strip());
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": not base64 (expected: the key that the gateway wrote)", e);
        }
    }

    /** The mode is given at creation, so that nobody can read the file in between. */
    private static void write(Path file, String text) throws IOException {
        var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (var channel =
                Files.newByteChannel(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), owner)) {
            channel.write(java.nio.ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        } catch (FileAlreadyExistsException e) {
            // Another start was faster; its key counts.
        }
    }
}
