package dev.chatgateway.bench;

import java.util.List;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * What came of a run.
 *
 * @param connectSeconds from the first connection's start until the last was subscribed
 * @param seconds measured
 * @param published messages published in that time
 * @param delivered arrivals of messages that were due in that time
 * @param missing arrivals that never came
 * @param twice arrivals of what a connection had already
 * @param closed connections that the gateway ended, slow ones included
 * @param refused messages that could not be published
 * @param latency since each message was due, in nanoseconds
 * @param perSecond arrivals in each second
 * @param cpuSeconds of the gateway's process in that time, if it was named
 * @param bytesPerConnection of the gateway's process before and after the connections came, divided by them
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

    /** Whether every reader got everything once, and all that was asked for was done. */
    boolean whole() {
        return missing == 0 && twice == 0 && refused == 0 && closed <= options.slow();
    }
}
