package dev.chatgateway.embedded.http;

import dev.chatgateway.config.GatewayConfig.Embedded.Faults;
import dev.chatgateway.embedded.faults.FaultSwitches;
import dev.chatgateway.embedded.faults.FaultsJson;
import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.ErrorForm;
import dev.chatgateway.embedded.request.Operation;
import dev.chatgateway.embedded.request.PercentCoding;
import dev.chatgateway.embedded.request.Reply;
import dev.chatgateway.embedded.request.Request;
import dev.chatgateway.embedded.request.Text;
import dev.chatgateway.embedded.store.Store;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles HTTP requests: finds the operation, collects the body, runs the request in the store, injects faults, writes
 * the response and the access log. Confined to the verticle's event loop.
 */
final class Exchanges {
    /** Enough for 200 participants with full metadata; message content has its own limit. */
    private static final int MAX_BODY = 1_048_576;

    private static final String DOUBLE_SLASHED = "//chat/config/";
    private static final String CHAT = "/chat/";

    /** One line a request at debug level, with ids, without tokens and bodies. */
    private static final Logger ACCESS = LoggerFactory.getLogger("dev.chatgateway.embedded.access");

    private static final Logger LOG = LoggerFactory.getLogger(Exchanges.class);

    private final Vertx vertx;
    private final Clock clock;
    private final FaultSwitches faults;
    private final Store store;
    private final RequestProcessor processor;
    private final ReplyWriter writer;

    Exchanges(Vertx vertx, Clock clock, FaultSwitches faults, Store store, RequestProcessor processor) {
        this.vertx = vertx;
        this.clock = clock;
        this.faults = faults;
        this.store = store;
        this.processor = processor;
        this.writer = new ReplyWriter(() -> clock.millis() + faults.clockOffsetMs());
    }

    /** Responds to a request that the HTTP decoder refused. The cause is read as text, to avoid a dependency on Netty. */
    void invalid(HttpServerRequest request) {
        String cause = String.valueOf(request.decoderResult());
        int status = cause.contains("TooLongHttpLine") ? 414 : cause.contains("TooLongHttpHeader") ? 431 : 400;
        writer.writeAndClose(request, ApiError.of(status, "The request cannot be read."));
    }

    void accept(HttpServerRequest request, boolean secure, String base) {
        Operation.Target target;
        try {
            Operation.Match match = Operation.match(request.method().name(), segments(request.path()));
            if (match.target() == null) {
                if (isPreflight(request)) {
                    writer.preflight(request);
                    return;
                }
                request.response().putHeader("Allow", String.join(", ", match.allowed()));
                throw ApiError.methodNotAllowed("The path allows " + String.join(", ", match.allowed()) + ".");
            }
            target = match.target();
        } catch (ApiError e) {
            refuse(request, e);
            return;
        }
        if (refusesExpectation(request)) {
            return;
        }
        long started = System.nanoTime();
        collect(request, body -> perform(started, toRequest(request, target, secure, base, body), request));
    }

    /** Only chat is for pages: the access key of identity operations does not belong into a browser. */
    private static boolean isPreflight(HttpServerRequest request) {
        return request.method().equals(HttpMethod.OPTIONS)
                && belowChat(request.path())
                && request.headers().contains(HttpHeaders.ORIGIN);
    }

    private static boolean belowChat(@Nullable String path) {
        return path != null && (path.startsWith(CHAT) || path.startsWith(DOUBLE_SLASHED));
    }

    private static Request toRequest(
            HttpServerRequest request, Operation.Target target, boolean secure, String base, byte[] body) {
        String host = request.getHeader("Host");
        HostAndPort authority = request.authority();
        return new Request(
                target,
                request.method().name(),
                request.uri(),
                request.query(),
                host != null ? host : authority == null ? "" : authority.toString(),
                secure,
                base,
                request.headers(),
                body);
    }

    private static List<String> segments(String path) {
        List<String> segments = new ArrayList<>(6);
        String[] pieces = (path == null ? "" : path).split("/", -1);
        // The official client makes a double slash of an endpoint that ends in one.
        int first = path != null && path.startsWith(DOUBLE_SLASHED) ? 2 : 1;
        for (int i = first; i < pieces.length; i++) {
            segments.add(PercentCoding.decodedPath(pieces[i]));
        }
        return segments;
    }

    private boolean refusesExpectation(HttpServerRequest request) {
        if (declaredLength(request) > MAX_BODY) {
            writer.writeAndClose(request, tooLarge());
            return true;
        }
        String expect = request.getHeader("Expect");
        if (expect == null) {
            return false;
        }
        if (!expect.equalsIgnoreCase("100-continue")) {
            refuse(request, ApiError.of(417, "Expect: " + Text.shown(expect) + " (expected: 100-continue)"));
            return true;
        }
        request.response().writeContinue();
        return false;
    }

    private static long declaredLength(HttpServerRequest request) {
        String declared = request.getHeader("Content-Length");
        try {
            return declared == null ? 0 : Long.parseLong(declared.trim());
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    private void collect(HttpServerRequest request, Consumer<byte[]> then) {
        Buffer body = Buffer.buffer();
        request.exceptionHandler(gone -> LOG.debug("request ended early: {}", gone.getMessage()));
        request.handler(chunk -> {
            if (request.response().ended()) {
                return;
            }
            body.appendBuffer(chunk);
            if (body.length() > MAX_BODY) {
                writer.writeAndClose(request, tooLarge());
            }
        });
        request.endHandler(end -> {
            if (!request.response().ended()) {
                then.accept(body.getBytes());
            }
        });
    }

    private void perform(long started, Request request, HttpServerRequest http) {
        Operation operation = request.target().operation();
        Optional<Faults.Rule> fault = faults.draw(operation);
        Integer injected = fault.map(Faults.Rule::status).orElse(null);
        if (fault.isPresent() && fault.get().kind().equals(FaultsJson.STATUS) && injected != null) {
            Reply reply = ErrorForm.of(request).reply(ApiError.of(injected, "Injected fault."));
            afterDelay(
                    faults.delayMs(), () -> respond(started, request, http, new RequestProcessor.Outcome(reply, "")));
            return;
        }
        long realNow = clock.millis();
        Supplier<RequestProcessor.Outcome> work =
                () -> processor.process(request, realNow + faults.clockOffsetMs(), realNow);
        (request.method().equals("GET") ? store.read(work) : store.run(work))
                .otherwise(failure -> failed(request, failure))
                .onSuccess(outcome -> afterDelay(faults.delayMs() + processor.serviceMs(operation), () -> {
                    if (fault.isPresent()) {
                        log(started, request, outcome, "dropped");
                        drop(http);
                    } else {
                        respond(started, request, http, outcome);
                    }
                }));
    }

    private static RequestProcessor.Outcome failed(Request request, Throwable failure) {
        ErrorForm form = ErrorForm.of(request);
        if (failure instanceof ApiError refusal) {
            return new RequestProcessor.Outcome(form.reply(refusal), "");
        }
        LOG.error("the store of the embedded service failed", failure);
        return new RequestProcessor.Outcome(form.reply(ApiError.unavailable("The storage failed.")), "");
    }

    private void afterDelay(long delay, Runnable action) {
        if (delay == 0) {
            action.run();
        } else {
            vertx.setTimer(delay, timer -> action.run());
        }
    }

    /** Loses the response of an executed operation: resets the HTTP/2 stream or closes the HTTP/1.1 connection. */
    private static void drop(HttpServerRequest http) {
        if (http.streamId() >= 0 && http.version() == HttpVersion.HTTP_2) {
            http.response().reset();
        } else {
            http.connection().close();
        }
    }

    private void respond(long started, Request request, HttpServerRequest http, RequestProcessor.Outcome outcome) {
        log(started, request, outcome, "answered");
        HttpServerResponse response = http.response();
        if (!response.ended() && !response.closed()) {
            writer.write(http, request, outcome.reply(), millisSince(started));
        }
    }

    private static void log(long started, Request request, RequestProcessor.Outcome outcome, String end) {
        if (ACCESS.isDebugEnabled()) {
            Operation.Target target = request.target();
            ACCESS.debug(
                    "{} {} operation={} thread={} user={} status={} ms={} {}",
                    request.method(),
                    target.operation().template(),
                    target.operation().label(),
                    target.thread() == null ? "-" : Text.shown(target.thread()),
                    outcome.user().isEmpty() ? "-" : outcome.user(),
                    outcome.reply().status(),
                    millisSince(started),
                    end);
        }
    }

    private static long millisSince(long started) {
        return (System.nanoTime() - started) / 1_000_000;
    }

    private void refuse(HttpServerRequest request, ApiError error) {
        ACCESS.debug("{} refused status={}", request.method(), error.status());
        writer.writeAndClose(request, error);
    }

    private static ApiError tooLarge() {
        return ApiError.of(413, "The body has more than " + MAX_BODY + " bytes.");
    }
}
