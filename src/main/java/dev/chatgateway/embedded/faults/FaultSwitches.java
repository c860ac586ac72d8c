package dev.chatgateway.embedded.faults;

import dev.chatgateway.config.GatewayConfig.Embedded.Faults;
import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.ErrorForm;
import dev.chatgateway.embedded.request.Operation;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The faults that the service produces on purpose, initially those of the configuration. A change applies to each request
 * that is handled after it. Any thread.
 */
public final class FaultSwitches {
    private static final long MAX_BODY = 65_536;

    private volatile Faults faults;

    public FaultSwitches(Faults faults) {
        this.faults = faults;
    }

    /** Faults that change nothing. */
    public static Faults none() {
        return new Faults(0, 0, 0, false, List.of());
    }

    /** The faults in force. */
    public Faults get() {
        return faults;
    }

    /**
     * Replaces all faults.
     *
     * @throws IllegalArgumentException a message with field, value and expectation
     */
    public void set(Faults replacement) {
        FaultsJson.check(replacement);
        faults = replacement;
    }

    /**
     * Adds {@code GET /faults} and {@code PUT /faults}, which return the faults in force. A PUT replaces all of them; an
     * absent field resets its fault. An unknown field or a bad value returns 400 and changes nothing.
     */
    public void mount(Router router) {
        router.route(HttpMethod.GET, "/faults").handler(context -> respond(context, 200, FaultsJson.write(faults)));
        router.route(HttpMethod.PUT, "/faults")
                .handler(BodyHandler.create(false).setBodyLimit(MAX_BODY))
                .handler(this::put);
    }

    private void put(RoutingContext context) {
        Buffer body = context.body().buffer();
        try {
            faults = FaultsJson.read(body == null ? new byte[0] : body.getBytes());
        } catch (IllegalArgumentException e) {
            respond(context, 400, ErrorForm.CURRENT.body(ApiError.badRequest(String.valueOf(e.getMessage()))));
            return;
        }
        respond(context, 200, FaultsJson.write(faults));
    }

    private static void respond(RoutingContext context, int status, byte[] body) {
        context.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json; charset=utf-8")
                .end(Buffer.buffer(body));
    }

    public long clockOffsetMs() {
        return faults.clockOffsetMs();
    }

    /** Delay of the next response in milliseconds; random within the jitter. */
    public long delayMs() {
        Faults now = faults;
        int jitter = now.latencyJitterMs();
        return (long) now.latencyMs()
                + (jitter == 0 ? 0 : ThreadLocalRandom.current().nextInt(jitter + 1));
    }

    /** Draws for each rule of the operation with the rule's rate; the first one drawn. */
    public Optional<Faults.Rule> draw(Operation operation) {
        for (Faults.Rule rule : faults.rules()) {
            boolean applies = rule.operation() == null || rule.operation().equals(operation.label());
            if (applies && ThreadLocalRandom.current().nextDouble() < rule.rate()) {
                return Optional.of(rule);
            }
        }
        return Optional.empty();
    }
}
