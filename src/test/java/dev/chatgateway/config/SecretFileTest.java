package dev.chatgateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFileTest {
    @TempDir
    private Path directory;

    @Test
    void key_is_created_once_and_readable_by_its_owner_only() throws Exception {
        Path file = directory.resolve("signing.key");
        byte[] key = SecretFile.loadOrCreate(file, 32);
        assertThat(key).hasSize(32);
        assertThat(SecretFile.loadOrCreate(file, 32)).isEqualTo(key);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    /** It was taken for the key, and every cursor and ticket of the node was signed with next to nothing. */
    @Test
    void truncated_key_file_is_named_and_not_used() throws Exception {
        Path file = directory.resolve("signing.key");
        Files.writeString(file, "");
        assertThatThrownBy(() -> SecretFile.loadOrCreate(file, 32))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file + ": 0 bytes (expected: 32");
    }
}
