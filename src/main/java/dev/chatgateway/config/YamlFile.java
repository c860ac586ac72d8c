package dev.chatgateway.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The configuration file: one YAML document, with the line of each key.
 *
 * @param tree empty for a file without any key
 * @param places dotted key, such as {@code ledger.windows[0].limit}, to {@code file:line}
 */
record YamlFile(ObjectNode tree, Map<String, String> places) {
    private static final YAMLFactory FACTORY = YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final ObjectMapper YAML = new ObjectMapper(FACTORY);
    private static final String BYTE_ORDER_MARK = "\ufeff";

    static YamlFile read(Path file) throws ConfigException {
        String text = text(file);
        try {
            Map<String, String> places = places(file, text);
            JsonNode tree = YAML.readTree(text);
            if (tree == null
                    || tree.isMissingNode()
                    || tree.isNull()
                    || (tree.isTextual() && tree.asText().isBlank())) {
                return new YamlFile(YAML.createObjectNode(), places);
            }
            if (tree instanceof ObjectNode object) {
                return new YamlFile(object, places);
            }
            throw problem(file + ": " + tree.getNodeType() + " (expected: an object of sections)");
        } catch (JsonProcessingException e) {
            throw problem(explained(file, text, e));
        } catch (IOException e) {
            throw problem(file + ": " + e.getMessage());
        }
    }

    private static String text(Path file) throws ConfigException {
        try {
            String text = Files.readString(file);
            return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (NoSuchFileException e) {
            throw problem("--config: " + file + " (expected: a file that exists)");
        } catch (IOException e) {
            throw problem("--config: " + file + " (expected: a readable UTF-8 file): " + e.getMessage());
        }
    }

    private static Map<String, String> places(Path file, String text) throws IOException, ConfigException {
        Map<String, String> places = new HashMap<>();
        boolean over = false;
        try (YAMLParser parser = FACTORY.createParser(text)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                String place = file + ":" + parser.currentTokenLocation().getLineNr();
                if (over && !blank(parser, token)) {
                    throw problem(place + ": a second document (expected: one, without a line --- before it)");
                }
                if (parser.isCurrentAlias()) {
                    throw problem(place + ": an alias, *" + parser.getText()
                            + " (expected: the value itself; in quotes if it begins with *)");
                }
                places.putIfAbsent(key(parser), place);
                over |= parser.getParsingContext().inRoot();
            }
        }
        return places;
    }

    /** Whether the token is that of an empty document. */
    private static boolean blank(YAMLParser parser, JsonToken token) throws IOException {
        return token == JsonToken.VALUE_NULL
                || (token == JsonToken.VALUE_STRING && parser.getText().isBlank());
    }

    private static String key(YAMLParser parser) {
        return parser.getParsingContext()
                .pathAsPointer()
                .toString()
                .replaceAll("/(\\d+)(?=/|$)", "[$1]")
                .replaceFirst("^/", "")
                .replace('/', '.');
    }

    private static String explained(Path file, String text, JsonProcessingException e) {
        int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
        List<String> lines = text.lines().toList();
        String reason = reason(e);
        String indentation =
                line < 1 || line > lines.size() ? "" : lines.get(line - 1).replaceFirst("\\S.*", "");
        boolean tab = indentation.indexOf('\t') >= 0 || reason.contains("\\t(TAB)");
        return file + ":" + line + ": not YAML: "
                + (tab ? "a tab at the beginning of the line (expected: spaces)" : reason);
    }

    /** The last line of SnakeYAML's message that is not indented; it contains the reason, the lines before it the place. */
    private static String reason(JsonProcessingException e) {
        return e.getOriginalMessage()
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith(" "))
                .reduce("", (before, line) -> line);
    }

    private static ConfigException problem(String text) {
        return new ConfigException(List.of(text));
    }
}
