package dev.chatgateway.command;

import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Converts failures of commands to errors of the protocol. Any thread. */
final class RpcFailures {
    private static final Logger LOG = LoggerFactory.getLogger(RpcFailures.class);

    /** Method and place of unexpected failures that are logged already; bounded by the number of lines of code. */
    private final Set<String> logged = ConcurrentHashMap.newKeySet();

    RpcError toRpcError(String method, Throwable failure) {
        if (failure instanceof RpcError error) {
            return error;
        }
        if (failure instanceof ChatServiceException refused) {
            return of(refused, refused.retryable());
        }
        log(method, failure);
        return new RpcError(RpcError.INTERNAL, "internal error", null);
    }

    /** A refusal of the chat service or the rate limiter: its HTTP status, with the service's error object as data. */
    static RpcError of(ChatServiceException failure, boolean retryable) {
        JsonObject data = RpcError.data(failure.code(), retryable, failure.retryAfterMs());
        JsonObject error = failure.error();
        if (error != null) {
            error.forEach(entry -> {
                if (!entry.getKey().equals("message") && !entry.getKey().equals("code")) {
                    data.put(entry.getKey(), entry.getValue());
                }
            });
        }
        return new RpcError(failure.status(), String.valueOf(failure.getMessage()), data);
    }

    /** Logs type and place only: the message of a failure may quote what a client sent. */
    private void log(String method, Throwable failure) {
        StackTraceElement[] trace = failure.getStackTrace();
        String place = trace.length == 0 ? "unknown place" : trace[0].toString();
        if (logged.add(method + place)) {
            LOG.error("{} failed: {} at {}", method, failure.getClass().getName(), place);
        }
    }
}
