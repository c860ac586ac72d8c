import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Enumeration;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;

/**
 * Splits the jar for the image, so that a change of the code moves a small layer: {@code lib/dependencies.jar} holds what is
 * not ours, byte for byte the same as long as no dependency changes, and {@code chat-gateway.jar} names it as its class path.
 * Run by the Dockerfile with {@code java SplitJar.java <whole jar> <jar of our classes> <target directory>}.
 */
final class SplitJar {
    /** Files of layers carry their times: those of two builds must not differ for that. */
    private static final FileTime TIME = FileTime.from(Instant.parse("2026-11-01T00:00:00Z"));

    private SplitJar() {}

    public static void main(String[] arguments) throws IOException {
        Path target = Path.of(arguments[2]);
        Path ours = target.resolve("chat-gateway.jar");
        Path others = target.resolve("lib/dependencies.jar");
        Files.createDirectories(others.getParent());
        try (JarFile whole = new JarFile(arguments[0]);
                JarFile own = new JarFile(arguments[1]);
                JarOutputStream app = open(ours, manifest(whole, "lib/dependencies.jar"));
                JarOutputStream lib = open(others, manifest(whole, null))) {
            Set<String> names = own.stream().map(JarEntry::getName).collect(Collectors.toSet());
            if (names.contains("io/vertx/core/Vertx.class")) {
                // A second package without clean makes it of the whole jar.
                throw new IOException(
                        arguments[1] + ": more than our classes (expected: the jar of mvn clean package)");
            }
            Enumeration<JarEntry> entries = whole.entries();
            while (entries.hasMoreElements()) {
                JarEntry entry = entries.nextElement();
                if (!entry.isDirectory() && !entry.getName().equals(JarFile.MANIFEST_NAME)) {
                    copy(whole, entry, names.contains(entry.getName()) ? app : lib);
                }
            }
        }
        Files.setLastModifiedTime(ours, TIME);
        Files.setLastModifiedTime(others, TIME);
    }

    private static Manifest manifest(JarFile whole, String classPath) throws IOException {
        if (classPath != null) {
            Manifest manifest = new Manifest(whole.getManifest());
            manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
            return manifest;
        }
        // Nothing that changes with our version or with the JDK of the build.
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MULTI_RELEASE, "true");
        return manifest;
    }

    private static JarOutputStream open(Path file, Manifest manifest) throws IOException {
        OutputStream out = Files.newOutputStream(file);
        JarOutputStream jar = new JarOutputStream(out);
        JarEntry entry = new JarEntry(JarFile.MANIFEST_NAME);
        entry.setLastModifiedTime(TIME);
        jar.putNextEntry(entry);
        manifest.write(jar);
        jar.closeEntry();
        return jar;
    }

    private static void copy(JarFile whole, JarEntry entry, JarOutputStream target) throws IOException {
        JarEntry copy = new JarEntry(entry.getName());
        copy.setLastModifiedTime(TIME);
        target.putNextEntry(copy);
        try (InputStream in = whole.getInputStream(entry)) {
            in.transferTo(target);
        }
        target.closeEntry();
    }
}
