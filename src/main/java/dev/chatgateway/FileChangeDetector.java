package dev.chatgateway;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * Detects whether the content of some small files has changed since the last call. Compares content, because file times
 * are coarse and Kubernetes replaces symbolic links. Blocking; one thread at a time.
 */
final class FileChangeDetector {
    private final List<Path> files;
    private byte[] seen;

    private FileChangeDetector(List<Path> files) {
        this.files = List.copyOf(files);
        seen = new byte[0];
    }

    /** Compares with the present content. */
    static FileChangeDetector known(List<Path> files) {
        FileChangeDetector watch = new FileChangeDetector(files);
        watch.changed();
        return watch;
    }

    /** Reports a change at the first call, because the files may have changed since the caller read them. */
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
                    // A missing file counts as one more content.
                    all.update((byte) 0);
                }
            }
            return all.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }
}
