package dev.chatgateway.metrics;

import java.util.Arrays;
import java.util.List;

/**
 * A meter of the gateway as operators see it; docs/metrics.md is generated from these.
 *
 * @param name as Prometheus has it, with unit and {@code _total}
 * @param buckets upper bounds of a histogram, in the unit of the name; empty for the other kinds
 */
public record MeterSpec(String name, Kind kind, String meaning, List<Label> labels, List<Double> buckets) {
    private static final String PREFIX = "chatgateway_";

    /** Buckets for network calls: from a call on the same machine to a time limit. */
    static final List<Double> SECONDS =
            List.of(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0);

    public MeterSpec {
        labels = List.copyOf(labels);
        buckets = List.copyOf(buckets);
    }

    /** The type of a meter in Prometheus. */
    public enum Kind {
        COUNTER,
        GAUGE,
        HISTOGRAM
    }

    /**
     * A label. Its values are a closed set, so that the number of time series is bounded.
     *
     * @param values the whole set; empty if it is too large to list here
     * @param words describes the set where it is not listed
     */
    public record Label(String name, List<String> values, String words) {
        /** Replaces a value that is not in the set. */
        public static final String OTHER = "other";

        /** With a listed set. */
        static Label of(String name, String... values) {
            return of(name, Arrays.asList(values));
        }

        /** With a listed set. */
        static Label of(String name, List<String> values) {
            return new Label(name, List.copyOf(values), "");
        }

        /** With a set that another package defines. */
        static Label named(String name, String words) {
            return new Label(name, List.of(), words);
        }

        /** The value, or {@link #OTHER} if it is not in the set. */
        String value(String wanted) {
            return values.isEmpty() || values.contains(wanted) ? wanted : OTHER;
        }
    }

    static MeterSpec counter(String name, String meaning, Label... labels) {
        return new MeterSpec(PREFIX + name, Kind.COUNTER, meaning, Arrays.asList(labels), List.of());
    }

    static MeterSpec gauge(String name, String meaning, Label... labels) {
        return new MeterSpec(PREFIX + name, Kind.GAUGE, meaning, Arrays.asList(labels), List.of());
    }

    static MeterSpec histogram(String name, List<Double> buckets, String meaning, Label... labels) {
        return new MeterSpec(PREFIX + name, Kind.HISTOGRAM, meaning, Arrays.asList(labels), buckets);
    }

    /** A histogram of times. */
    boolean timer() {
        return kind == Kind.HISTOGRAM && name.endsWith("_seconds");
    }
}
