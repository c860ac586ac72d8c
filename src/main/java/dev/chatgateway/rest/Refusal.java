package dev.chatgateway.rest;

import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refuses a request with a status, and with a code and message in the format of the chat service. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final Logger LOG = LoggerFactory.getLogger(Refusal.class);

    private final int status;

    Refusal(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }

    /** Adds error handlers for requests without a route and for failed routes. */
    static void mount(Router router) {
        onStatus(router, 400, "The request is not valid HTTP.");
        onStatus(router, 404, "There is nothing at this path.");
        onStatus(router, 405, "This path does not take this method.");
        onStatus(router, 413, "The body is too large.");
        onStatus(router, 415, "Content-Type must be application/json.");
        router.route().last().failureHandler(Refusal::ignoreDisconnected);
        router.errorHandler(500, context -> {
            if (context.failure() instanceof Refusal refusal) {
                send(context, refusal.status, String.valueOf(refusal.getMessage()));
                return;
            }
            LOG.error(
                    "{} {} failed",
                    context.request().method(),
                    context.request().path(),
                    context.failure());
            send(context, 500, "The gateway failed at this request; its log says why.");
        });
    }

    /** Ignores failures of clients that have disconnected or whose body was cut off at a time limit. */
    private static void ignoreDisconnected(RoutingContext context) {
        boolean disconnected =
                context.failure() instanceof HttpClosedException || context.failure() instanceof StreamResetException;
        if (!disconnected) {
            context.next();
        }
    }

    private static void onStatus(Router router, int status, String message) {
        router.errorHandler(status, context -> send(context, status, message));
    }

    private static void send(RoutingContext context, int status, String message) {
        if (context.response().ended()) {
            return;
        }
        if (context.response().headWritten()) {
            context.request().connection().close();
            return;
        }
        JsonObject error = new JsonObject().put("code", code(status)).put("message", message);
        JsonAnswer.send(context, status, new JsonObject().put("error", error));
    }

    private static String code(int status) {
        return switch (status) {
            case 400 -> "BadRequest";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "NotFound";
            case 405 -> "MethodNotAllowed";
            case 413 -> "PayloadTooLarge";
            case 415 -> "UnsupportedMediaType";
            case 502 -> "BadGateway";
            case 503 -> "ServiceUnavailable";
            default -> status < 500 ? "BadRequest" : "InternalServerError";
        };
    }
}
