package dev.chatgateway.config;

import java.util.List;

/** A configuration that can't be used, with everything that is wrong with it. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    private final List<String> problems;
    private final List<String> explained;

    /** @param problems each in the form {@code http.port: 99999 (expected: 0 to 65535)} */
    public ConfigException(List<String> problems) {
        this(problems, problems);
    }

    /** @param explained the same with the places where the values come from */
    ConfigException(List<String> problems, List<String> explained) {
        super(String.join("\n", explained));
        this.problems = List.copyOf(problems);
        this.explained = List.copyOf(explained);
    }

    /** Everything that is wrong, a line each, with file and line or the environment variable as far as they are known. */
    public List<String> explained() {
        return explained;
    }

    /** Everything that is wrong, a line each. */
    public List<String> problems() {
        return problems;
    }
}
