package dev.chatgateway;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * Tells whether any of some small files holds something else than when it was last asked. By content: times of files
 * have grains, and Kubernetes swaps links. Blocking; one thread at a time.
 */
final class FileChangeDetector {
    private final List<Path> files;
    private byte[] seen;

    private FileChangeDetector(List<Path> files) {
        this.files = List.copyOf(files);
        seen = new byte[0];
    }

    /** As they are now they are known. */
    static FileChangeDetector known(List<Path> files) {
        FileChangeDetector watch = new FileChangeDetector(files);
        watch.changed();
        return watch;
    }

    /** They may have changed already since somebody read them: at first they count as changed. */
    static FileChangeDetector unread(List<Path> files) {
        return new FileChangeDetector(files);
    }

    boolean changed() {
        byte[] now = digest();
        boolean same = MessageDigest.isEqual(seen, now);
        seen = now;
        return !same;
    }

    private byte[] digest() {
        try {
            MessageDigest all = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                try {
                    all.update(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
                } catch (IOException e) {
                    // Gone for the moment, or for good: another content like any other.
                    all.update((byte) 0);
                }
            }
            return all.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }
}
