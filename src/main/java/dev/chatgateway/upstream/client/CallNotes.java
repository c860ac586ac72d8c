package dev.chatgateway.upstream.client;

import dev.chatgateway.tracing.Span;
import org.slf4j.Logger;

/** What spans and logs contain of an attempt: the operation and its result, but no content and no user. */
public final class CallNotes {
    private CallNotes() {}

    /** Logs a call that failed through no fault of the caller, with what the provider needs to find it. */
    public static void failed(Logger log, String operation, String status, int attempt, String requestId, Span span) {
        log.info(
                "{} failed: status {}, attempt {}, request {}, trace {}",
                operation,
                status,
                attempt,
                requestId,
                span.traceId().isEmpty() ? "none" : span.traceId());
    }

    /** @param status the HTTP status, or {@code none} without an answer */
    public static void end(Span span, String method, String status) {
        boolean answered = !status.equals("none");
        boolean failed = !answered || status.compareTo("400") >= 0;
        span.note("http.request.method", method);
        if (answered) {
            span.note("http.response.status_code", Long.parseLong(status));
        }
        span.end(failed ? status : "");
    }
}
