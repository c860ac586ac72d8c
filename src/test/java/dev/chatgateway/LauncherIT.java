package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code bin/chat-gateway}, with a Java that only says how it was called. */
class LauncherIT {
    private static final Path SCRIPT = Path.of("bin/chat-gateway").toAbsolutePath();

    @TempDir
    Path directory;

    private record Result(int status, String out) {}

    @ParameterizedTest
    @CsvSource({"11.0.2, 11", "1.8.0_292, 8", "16, 16"})
    void java_below_17_is_refused(String version, String major) throws Exception {
        Path java = java(version);
        Result result = run(Map.of("JAVA", java.toString(), "CHATGATEWAY_JAR", jar().toString()));
        assertThat(result.out.strip())
                .isEqualTo("chat-gateway: " + java + ": Java " + major
                        + " (expected: 17 or newer; JAVA or JAVA_HOME names another)");
        assertThat(result.status).isEqualTo(1);
    }

    @Test
    void missing_jar_is_named() throws Exception {
        Path jar = directory.resolve("none.jar");
        Result result = run(Map.of("JAVA", java("17.0.1").toString(), "CHATGATEWAY_JAR", jar.toString()));
        assertThat(result.out).startsWith("chat-gateway: " + jar + ": no such jar (expected: ");
        assertThat(result.status).isEqualTo(1);
    }

    @Test
    void missing_java_is_named() throws Exception {
        Result result = run(Map.of("JAVA", "/nowhere/java", "CHATGATEWAY_JAR", jar().toString()));
        assertThat(result.out).startsWith("chat-gateway: /nowhere/java: no Java there (expected: ");
        assertThat(result.status).isEqualTo(1);
    }

    @Test
    void variables_of_the_script_do_not_reach_the_program() throws Exception {
        Path jar = jar();
        Result result = run(Map.of(
                "JAVA",
                java("21.0.1").toString(),
                "CHATGATEWAY_JAR",
                jar.toString(),
                "CHATGATEWAY_WARM_UP",
                "0",
                "CHATGATEWAY_HTTP_PORT",
                "1"));
        assertThat(result.out)
                .contains("-jar " + jar + " --check-config")
                .contains("CHATGATEWAY_HTTP_PORT=1")
                .doesNotContain("CHATGATEWAY_JAR=")
                .doesNotContain("CHATGATEWAY_WARM_UP=");
        assertThat(result.status).isZero();
    }

    private Path jar() throws IOException {
        return Files.writeString(directory.resolve("a.jar"), "");
    }

    private Path java(String version) throws IOException {
        Path home = Files.createDirectories(directory.resolve("jdk"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\necho \"$@\"\nenv\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        return java.toRealPath();
    }

    private Result run(Map<String, String> variables) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(SCRIPT.toString(), "--check-config").redirectErrorStream(true);
        builder.environment().putAll(new HashMap<>(variables));
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), out);
    }
}
