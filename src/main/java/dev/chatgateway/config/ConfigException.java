package dev.chatgateway.config;

import java.util.List;

/** An invalid configuration, with all of its problems. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    private final List<String> problems;
    private final List<String> explained;

    /** @param problems each in the form {@code http.port: 99999 (expected: 0 to 65535)} */
    public ConfigException(List<String> problems) {
        this(problems, problems);
    }

    /** @param explained the same problems with the places that the values come from */
    ConfigException(List<String> problems, List<String> explained) {
        super(String.join("\n", explained));
        this.problems = List.copyOf(problems);
        this.explained = List.copyOf(explained);
    }

    /** All problems, one line each, with file and line or the environment variable where known. */
    public List<String> explained() {
        return explained;
    }

    /** All problems, one line each. */
    public List<String> problems() {
        return problems;
    }
}
