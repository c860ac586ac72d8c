package dev.chatgateway.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;

/** A key that a node creates once and keeps in its data directory, readable by its owner only. Blocking. */
public final class SecretFile {
    private SecretFile() {}

    /** The key in the file; without a file, a new random key of that many bytes, which is written to it. */
    public static byte[] loadOrCreate(Path file, int bytes) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        if (!Files.exists(file)) {
            byte[] key = new byte[bytes];
            new SecureRandom().nextBytes(key);
            write(file, Base64.getEncoder().encodeToString(key) + '\n');
        }
        try {
            byte[] key = Base64.getDecoder().decode(Files.readString(file).strip());
            if (key.length == bytes) {
                return key;
            }
            throw new IOException(file + ": " + key.length + " bytes (expected: " + bytes
                    + ", as the gateway wrote it; delete the file for a new key, with which old cursors are refused)");
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": not base64 (expected: the key that the gateway wrote)", e);
        }
    }

    /** Creates the file atomically, with its mode and content. Of two starts at the same time the first one's key counts. */
    private static void write(Path file, String text) throws IOException {
        var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        Path directory = file.toAbsolutePath().getParent();
        Path fresh = Files.createTempFile(directory, file.getFileName().toString(), ".new", owner);
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            channel.force(true);
            publish(fresh, file);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static void publish(Path fresh, Path file) throws IOException {
        try {
            Files.createLink(file, fresh);
        } catch (FileAlreadyExistsException e) {
            // Another start was first; its key counts.
        } catch (FileSystemException | UnsupportedOperationException e) {
            // The file system has no hard links: the last of two starts counts.
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        }
    }
}
