package dev.chatgateway.config;

import java.util.List;

/** A configuration that can't be used, with everything that is wrong with it. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    private final List<String> problems;

    /** @param problems each in the form {@code http.port: 99999 (expected: 0 to 65535)} */
    public ConfigException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** Everything that is wrong, a line each. */
    public List<String> problems() {
        return problems;
    }
}
