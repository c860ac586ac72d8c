package dev.chatgateway.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;

/** Registers meters as their {@link MeterSpec}s describe them, under the names that the registry expects. */
final class Meters {
    private final MeterRegistry registry;

    Meters(MeterRegistry registry) {
        this.registry = registry;
    }

    Counter counter(MeterSpec spec, String... values) {
        return Counter.builder(name(spec, "_total"))
                .description(spec.meaning())
                .tags(tags(spec, values))
                .register(registry);
    }

    Timer timer(MeterSpec spec, String... values) {
        Duration[] bounds = spec.buckets().stream()
                .map(seconds -> Duration.ofNanos(Math.round(seconds * 1e9)))
                .toArray(Duration[]::new);
        return Timer.builder(name(spec, "_seconds"))
                .description(spec.meaning())
                .tags(tags(spec, values))
                .serviceLevelObjectives(bounds)
                .register(registry);
    }

    DistributionSummary summary(MeterSpec spec) {
        double[] bounds =
                spec.buckets().stream().mapToDouble(Double::doubleValue).toArray();
        return DistributionSummary.builder(name(spec, ""))
                .description(spec.meaning())
                .serviceLevelObjectives(bounds)
                .register(registry);
    }

    /** Keeps the supplier for ever. */
    void gauge(MeterSpec spec, DoubleSupplier supplier, String... values) {
        Gauge.builder(name(spec, ""), supplier::getAsDouble)
                .description(spec.meaning())
                .tags(tags(spec, values))
                .strongReference(true)
                .register(registry);
    }

    /** A counter that the caller keeps; the registry refers to it weakly. */
    <T> void counted(MeterSpec spec, T kept, ToDoubleFunction<T> count, String... values) {
        FunctionCounter.builder(name(spec, "_total"), kept, count)
                .description(spec.meaning())
                .tags(tags(spec, values))
                .register(registry);
    }

    /** Counters of one label, one for each value from the start, so that a first event shows as an increase. */
    Family<Counter> counters(MeterSpec spec) {
        Family<Counter> family = new Family<>(value -> counter(spec, value));
        spec.labels().get(0).values().forEach(family::of);
        return family;
    }

    /** Without the unit and {@code _total}, which the registry appends. */
    private static String name(MeterSpec spec, String suffix) {
        String name = spec.name();
        String bare = name.endsWith(suffix) ? name.substring(0, name.length() - suffix.length()) : name;
        return bare.replace('_', '.');
    }

    private static List<Tag> tags(MeterSpec spec, String... values) {
        List<Tag> tags = new ArrayList<>(values.length);
        for (int i = 0; i < values.length; i++) {
            MeterSpec.Label label = spec.labels().get(i);
            tags.add(Tag.of(label.name(), label.value(values[i])));
        }
        return tags;
    }
}
