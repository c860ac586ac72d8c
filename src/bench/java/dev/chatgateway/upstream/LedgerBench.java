package dev.chatgateway.upstream;

import dev.chatgateway.bench.Samples;
import dev.chatgateway.upstream.quota.AdmissionRequest;
import dev.chatgateway.upstream.quota.CallEnd;
import dev.chatgateway.upstream.quota.RateLimiter;
import dev.chatgateway.upstream.quota.RateLimiter.Admission;
import dev.chatgateway.upstream.quota.RateWindows;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A poll paid and settled, in threads that are each polled once a second: their windows are as full as they get. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class LedgerBench {
    private static final long SECOND_US = 1_000_000;

    private final RateLimiter ledger = new RateLimiter(RateWindows.published());

    @Param({"1", "10000"})
    public int threads;

    private AdmissionRequest[] payments = new AdmissionRequest[0];
    private long nowUs;
    private int next;

    @Setup
    public void fill() {
        payments = new AdmissionRequest[threads];
        for (int i = 0; i < threads; i++) {
            payments[i] = new AdmissionRequest(
                    ChatOperation.LIST_MESSAGES, Samples.user(i % 1000), Samples.THREAD + i, Priority.POLL, null);
        }
        for (int i = 0; i < 60 * threads; i++) {
            call();
        }
    }

    @Benchmark
    public Admission call() {
        nowUs += Math.max(1, SECOND_US / threads);
        next = next + 1 == threads ? 0 : next + 1;
        Admission admission = ledger.admit(payments[next], nowUs / 1000, 0);
        if (!(admission instanceof Admission.Granted granted)) {
            throw new IllegalStateException("admission: refused (expected: granted)");
        }
        ledger.end(granted.permit(), new CallEnd.Completed(true), nowUs / 1000);
        return admission;
    }
}
