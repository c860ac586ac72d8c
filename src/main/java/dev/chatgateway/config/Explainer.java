package dev.chatgateway.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Adds to a problem where the value comes from, {@code file:line} or the environment variable, and suggests a similar name
 * for an unknown one.
 *
 * @param places dotted key to the place that its value comes from
 * @param keys all keys and sections
 * @param variables all environment variables
 */
record Explainer(Map<String, String> places, Set<String> keys, Set<String> variables) {
    private static final String UNKNOWN_KEY = ": unknown key";
    private static final String UNKNOWN_VARIABLE = ": unknown variable";

    /** The problem, in the form {@code http.port: 99999 (expected: 0 to 65535)}, with these additions. */
    String explained(String problem) {
        int colon = problem.indexOf(": ");
        String name = colon < 0 ? problem : problem.substring(0, colon);
        Optional<String> meant = Optional.empty();
        if (problem.startsWith(name + UNKNOWN_KEY)) {
            meant = key(name);
        } else if (problem.startsWith(name + UNKNOWN_VARIABLE)) {
            meant = nearest(name, variables);
        }
        return place(name).map(place -> place + ": ").orElse("")
                + problem
                + meant.map(other -> "; did you mean " + other + "?").orElse("");
    }

    /** The place that a key's value comes from; for an entry of a list without a place, that of the list. */
    private Optional<String> place(String name) {
        String key = name;
        while (!places.containsKey(key)) {
            int end = Math.max(key.lastIndexOf('['), key.lastIndexOf('.'));
            // Stop at a section: its place is the line of another key.
            if (end < 0 || (key.charAt(end) == '.' && key.indexOf('[') < 0)) {
                return Optional.empty();
            }
            key = key.substring(0, end);
        }
        return Optional.of(places.get(key));
    }

    /** A key with a similar name; else the only key of the same name in another section. */
    private Optional<String> key(String name) {
        Optional<String> near = nearest(name, keys);
        if (near.isPresent()) {
            return near;
        }
        String last = name.substring(name.lastIndexOf('.') + 1);
        List<String> elsewhere =
                keys.stream().filter(key -> key.endsWith("." + last)).toList();
        return elsewhere.size() == 1 ? Optional.of(elsewhere.get(0)) : Optional.empty();
    }

    private static Optional<String> nearest(String name, Set<String> candidates) {
        String wanted = name.toLowerCase(Locale.ROOT);
        int most = Math.max(
                1, Math.min(3, name.substring(name.lastIndexOf('.') + 1).length() / 3));
        List<String> near = new ArrayList<>(candidates);
        near.removeIf(candidate -> distance(wanted, candidate.toLowerCase(Locale.ROOT)) > most);
        return near.stream()
                .min(Comparator.comparingInt((String candidate) -> distance(wanted, candidate.toLowerCase(Locale.ROOT)))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** The number of letters to insert, delete, replace or swap with their neighbour (Damerau-Levenshtein distance). */
    private static int distance(String one, String other) {
        int[][] steps = new int[one.length() + 1][other.length() + 1];
        for (int i = 0; i <= one.length(); i++) {
            for (int j = 0; j <= other.length(); j++) {
                steps[i][j] = i == 0 || j == 0 ? i + j : step(steps, one, other, i, j);
            }
        }
        return steps[one.length()][other.length()];
    }

    private static int step(int[][] steps, String one, String other, int i, int j) {
        int changed = steps[i - 1][j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        int least = Math.min(changed, Math.min(steps[i - 1][j], steps[i][j - 1]) + 1);
        boolean exchanged =
                i > 1 && j > 1 && one.charAt(i - 1) == other.charAt(j - 2) && one.charAt(i - 2) == other.charAt(j - 1);
        return exchanged ? Math.min(least, steps[i - 2][j - 2] + 1) : least;
    }
}
