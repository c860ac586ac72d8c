package dev.chatgateway.tracing;

import java.util.function.Supplier;

/**
 * One piece of work with a beginning and an end. While code of it runs it is its thread's {@link Tracer#current}; who lets
 * code run later, for somebody whose work it is, runs it by the span that was current then. Any thread.
 */
public interface Span {
    /** A call of another service for this work: a child of this span, and the root of a trace where this is none. */
    Span call(String name);

    /** Says something of the work: a word of a closed set or a number, never a name, a token or a text of a client. */
    Span note(String key, String value);

    /** The same with a number. */
    Span note(String key, long value);

    /**
     * The work has ended.
     *
     * @param failure a word of a closed set; empty for a success
     */
    void end(String failure);

    /** Runs a task as a part of this work. */
    void run(Runnable task);

    /** The task, to be run later as a part of this work. */
    default Runnable later(Runnable task) {
        return () -> run(task);
    }

    /** The same as {@link #run} with a result. */
    <T> T get(Supplier<T> task);

    /** 32 hexadecimal digits; empty without a trace. */
    String traceId();

    /** 16 hexadecimal digits; empty without a trace. */
    String spanId();

    /** Whether the collector gets it. */
    boolean sampled();

    /** The header of W3C Trace Context that makes a call part of this work; empty without a trace. */
    String traceparent();
}
