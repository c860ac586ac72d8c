package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/security.md promises a test for each defence. */
class SecurityDocTest {
    private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w*(?:Test|IT|Properties))(?:\\.(\\w+))?`");

    @Test
    void every_defence_names_an_existing_test() throws IOException {
        List<String> rows = Files.readAllLines(Path.of("docs/security.md")).stream()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| threat"))
                .toList();
        assertThat(rows).hasSizeGreaterThan(20);
        Map<String, String> tests = sources();

        for (String row : rows) {
            String[] cells = row.split(" \\| ");
            Matcher named = NAMED.matcher(cells[cells.length - 1]);
            assertThat(named.find()).as(row).isTrue();
            do {
                assertThat(tests).as(row).containsKey(named.group(1));
                if (named.group(2) != null) {
                    assertThat(tests.get(named.group(1))).as(row).contains("void " + named.group(2) + "(");
                }
            } while (named.find());
        }
    }

    private static Map<String, String> sources() throws IOException {
        try (Stream<Path> all = Files.walk(Path.of("src/test/java"))) {
            return all.filter(file -> file.toString().endsWith(".java"))
                    .collect(Collectors.toMap(
                            file -> file.getFileName().toString().replace(".java", ""), read(), (one, other) -> one));
        }
    }

    private static Function<Path, String> read() {
        return file -> {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        };
    }
}
