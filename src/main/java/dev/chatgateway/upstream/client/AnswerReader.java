package dev.chatgateway.upstream.client;

import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.Outcome;
import dev.chatgateway.upstream.RetryAfter;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/** Maps an answer, or the lack of one, to the outcome of a call. Pure but for the clock of HTTP dates. */
final class AnswerReader {
    private static final Set<ChatOperation> WITHOUT_BODY = EnumSet.of(
            ChatOperation.UPDATE_THREAD,
            ChatOperation.DELETE_THREAD,
            ChatOperation.UPDATE_MESSAGE,
            ChatOperation.DELETE_MESSAGE,
            ChatOperation.REMOVE_PARTICIPANT,
            ChatOperation.SEND_READ_RECEIPT,
            ChatOperation.SEND_TYPING);

    private final Clock clock;

    AnswerReader(Clock clock) {
        this.clock = clock;
    }

    Outcome read(ChatCall call, HttpResponse<Buffer> response) {
        int status = response.statusCode();
        Buffer body = response.body() == null ? Buffer.buffer() : response.body();
        if (status >= 200 && status < 300) {
            return success(call, status, body);
        }
        ErrorBody error = ErrorBody.of(status, body);
        long retryAfterMs =
                status == 429 || status == 503 ? RetryAfter.millis(response.headers(), clock.instant()) : -1;
        Kind kind = kind(call, status);
        ChatServiceException failure =
                new ChatServiceException(kind, status, error.code(), error.message(), retryAfterMs, error.error());
        boolean again = kind == Kind.THROTTLED || (kind == Kind.UNAVAILABLE && status != 501 && status != 505);
        // The service does not count a call with a token that it does not accept for the user whom the token names.
        return new Outcome.Failed(failure, true, status != 401, again);
    }

    /** The attempt ended without an answer. */
    static Outcome failed(ChatCall call, Throwable cause) {
        if (cause instanceof ChatServiceException refused) {
            return new Outcome.Failed(refused, false, false, false);
        }
        if (cause instanceof ConnectionPoolTooBusyException) {
            return unsent("Too many calls of the chat service are waiting.", false);
        }
        // A reset is not in this list: it may come after the service has carried out the request. Of the client's time
        // limits only the one for a connection can end before that of the attempt.
        if (cause instanceof ConnectException
                || cause instanceof NoRouteToHostException
                || cause instanceof UnknownHostException
                || cause instanceof SSLHandshakeException
                || cause instanceof TimeoutException) {
            return unsent("The chat service can't be reached.", true);
        }
        if (cause instanceof BoundedBody.TooLongException) {
            return unreadable(call, 502, "The chat service's " + cause.getMessage() + ".");
        }
        return lost(call, "The connection to the chat service broke before it answered.");
    }

    /** The request was sent, but not answered: a write may have had its effect. */
    static Outcome lost(ChatCall call, String message) {
        boolean repeatable = repeatable(call);
        ChatServiceException failure = new ChatServiceException(
                repeatable ? Kind.UNAVAILABLE : Kind.IN_DOUBT, 504, ErrorBody.codeOf(504), message, -1, null);
        return new Outcome.Failed(failure, false, true, repeatable);
    }

    /** Nothing was sent, so any call may be repeated; {@code again} says whether that makes sense. */
    static Outcome unsent(String message, boolean again) {
        ChatServiceException failure =
                new ChatServiceException(Kind.UNAVAILABLE, 503, ErrorBody.codeOf(503), message, -1, null);
        return new Outcome.Failed(failure, false, false, again);
    }

    private static Outcome success(ChatCall call, int status, Buffer body) {
        if (WITHOUT_BODY.contains(call.operation())) {
            return new Outcome.Answered(new ChatService.Reply(status, new JsonObject()));
        }
        JsonObject json = object(body);
        return json == null
                ? unreadable(call, 502, "The chat service's answer is not a JSON object.")
                : new Outcome.Answered(new ChatService.Reply(status, json));
    }

    /** The answer does not show whether the call had its effect. */
    private static Outcome unreadable(ChatCall call, int status, String message) {
        boolean repeatable = repeatable(call);
        ChatServiceException failure = new ChatServiceException(
                repeatable ? Kind.UNAVAILABLE : Kind.IN_DOUBT, status, ErrorBody.codeOf(status), message, -1, null);
        return new Outcome.Failed(failure, true, true, repeatable);
    }

    private static Kind kind(ChatCall call, int status) {
        if (status == 429) {
            return Kind.THROTTLED;
        }
        if (status >= 400 && status < 500 && status != 408) {
            return Kind.REFUSED;
        }
        // 503: the service did not accept the call. After other 5xx the call may have had its effect.
        return status == 503 || status < 400 || repeatable(call) ? Kind.UNAVAILABLE : Kind.IN_DOUBT;
    }

    private static boolean repeatable(ChatCall call) {
        return call.operation().reads()
                || (call.operation() == ChatOperation.CREATE_THREAD && call.repeatabilityId() != null);
    }

    private static @Nullable JsonObject object(Buffer body) {
        try {
            return Json.decodeValue(body) instanceof JsonObject json ? json : null;
        } catch (RuntimeException e) {
            return null;
        }
    }
}
