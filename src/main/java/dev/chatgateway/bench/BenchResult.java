package dev.chatgateway.bench;

import java.util.List;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * The result of a run.
 *
 * @param connectSeconds from the first connection's start until the last was subscribed
 * @param seconds duration of the measurement
 * @param published messages published in that time
 * @param delivered deliveries of messages that were due in that time
 * @param missing deliveries that did not arrive
 * @param twice duplicate deliveries to a connection
 * @param closed connections that the gateway closed, slow ones included
 * @param refused messages that could not be published
 * @param latency from the time a message was due to its delivery, in nanoseconds
 * @param perSecond deliveries in each second
 * @param cpuSeconds CPU time of the gateway's process in that time, if {@code pid} is given
 * @param bytesPerConnection growth of the gateway's memory while the connections were opened, per connection
 */
record BenchResult(
        BenchOptions options,
        double connectSeconds,
        double seconds,
        long published,
        long delivered,
        long missing,
        long twice,
        long closed,
        long refused,
        Histogram latency,
        List<Long> perSecond,
        Optional<Double> cpuSeconds,
        Optional<Double> bytesPerConnection) {

    double deliveriesPerSecond() {
        return delivered / seconds;
    }

    double connectionsPerSecond() {
        return (options.connections() + options.slow()) / connectSeconds;
    }

    Optional<Double> cpuSecondsPerMillion() {
        return cpuSeconds.map(cpu -> delivered == 0 ? 0 : cpu * 1e6 / delivered);
    }

    /** Whether every connection received every message once, and no request was refused. */
    boolean whole() {
        return missing == 0 && twice == 0 && refused == 0 && closed <= options.slow();
    }
}
