package dev.chatgateway.rest;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.metrics.GatewayMetrics;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/**
 * {@code /events}: the webhook of an Azure Event Grid subscription, in the Event Grid schema or CloudEvents 1.0
 * (docs/service-reference.md, Event Grid). An event only triggers a poll of its thread; its content is not published.
 * The routes exist only with {@code events.secret}.
 */
public final class EventGridRoutes {
    private static final String PATH = "/events";
    /** Event Grid sends at most 1 MiB at once. */
    private static final int MAX_BODY_BYTES = 1024 * 1024 + 64 * 1024;

    private static final int MAX_BATCH = 5_000;
    private static final String VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent";

    private final String header;
    private final byte @Nullable [] secretHash;
    private final PushedEvents events;
    private final GatewayMetrics metrics;

    public EventGridRoutes(GatewayConfig.Events config, ThreadFeed feed, GatewayMetrics metrics, Clock clock) {
        String secret = config.secret();
        header = config.header();
        secretHash = secret == null ? null : hash(secret);
        events = new PushedEvents(feed, metrics, clock);
        this.metrics = metrics;
    }

    /** Adds the routes if a secret is configured. */
    public void mount(Router router) {
        if (secretHash != null) {
            router.route(HttpMethod.OPTIONS, PATH).handler(EventGridRoutes::validateCloudEvents);
            // A route of its own, so that the secret is checked before the body is read.
            router.post(PATH).handler(this::checkSecret);
            router.post(PATH)
                    .handler(BodyHandler.create(false).setBodyLimit(MAX_BODY_BYTES))
                    .handler(this::receive);
        }
    }

    /** Answers the validation request of CloudEvents. It needs no secret, because the response reveals nothing. */
    private static void validateCloudEvents(RoutingContext context) {
        String origin = context.request().getHeader("WebHook-Request-Origin");
        if (origin == null || origin.length() > 255) {
            throw new Refusal(400, "WebHook-Request-Origin: missing or too long (expected: as CloudEvents says)");
        }
        context.response()
                .putHeader("Allow", "POST")
                .putHeader("WebHook-Allowed-Origin", origin)
                .putHeader("WebHook-Allowed-Rate", "*")
                .end();
    }

    private void checkSecret(RoutingContext context) {
        String presented = context.request().getHeader(header);
        // Hashes have equal length, so that the comparison does not reveal the length of the secret.
        if (presented == null || !MessageDigest.isEqual(hash(presented), secretHash)) {
            metrics.polls().pushed("refused");
            throw new Refusal(401, header + ": missing or wrong (expected: events.secret)");
        }
        context.next();
    }

    private void receive(RoutingContext context) {
        JsonArray batch = batch(context);
        for (Object entry : batch) {
            if (entry instanceof JsonObject event && VALIDATION.equals(PushedEvents.type(event))) {
                validate(context, event);
                return;
            }
        }
        batch.forEach(entry -> events.handle(entry instanceof JsonObject event ? event : new JsonObject()));
        context.response().end();
    }

    private static JsonArray batch(RoutingContext context) {
        Object body;
        try {
            body = Json.decodeValue(context.body().buffer());
        } catch (DecodeException | NullPointerException e) {
            throw new Refusal(400, "body: no JSON (expected: an event or an array of them)");
        }
        JsonArray batch = body instanceof JsonArray array ? array : new JsonArray().add(body);
        if (batch.size() > MAX_BATCH) {
            throw new Refusal(413, "body: " + batch.size() + " events (expected: " + MAX_BATCH + " at most)");
        }
        return batch;
    }

    /** Returns the validation code. The validation URL of the event is not called. */
    private static void validate(RoutingContext context, JsonObject event) {
        Object code = event.getValue("data") instanceof JsonObject data ? data.getValue("validationCode") : null;
        if (!(code instanceof String text) || text.length() > 512) {
            throw new Refusal(400, "data.validationCode: missing or no short string");
        }
        JsonAnswer.send(context, 200, new JsonObject().put("validationResponse", text));
    }

    private static byte[] hash(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }
}
