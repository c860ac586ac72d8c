package dev.chatgateway.admin;

import dev.chatgateway.event.IngestFeed;
import dev.chatgateway.event.IngestFeed.Ingested;
import dev.chatgateway.metrics.GatewayMetrics;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code POST /ingest/threads/{threadId}/messages} and the WebSocket {@code /ingest}: accept messages without the chat
 * service, for benchmarks and tests; only with {@code management.ingest}.
 */
public final class IngestRoutes {
    private static final int BODY_BYTES = 4 * 1024 * 1024;
    private static final int MOST_IN_FLIGHT = 20_000;

    private final Vertx vertx;
    private final IngestFeed feed;
    private final GatewayMetrics metrics;

    public IngestRoutes(Vertx vertx, IngestFeed feed, GatewayMetrics metrics) {
        this.vertx = vertx;
        this.feed = feed;
        this.metrics = metrics;
    }

    /** Adds the routes. */
    public void mount(Router router) {
        router.post("/ingest/threads/:threadId/messages")
                .handler(BodyHandler.create(false).setBodyLimit(BODY_BYTES))
                .handler(this::post);
        router.get("/ingest").handler(context -> context.request()
                .toWebSocket()
                .onSuccess(socket -> new Publisher(socket).open())
                .onFailure(failure -> context.fail(400)));
    }

    private void post(RoutingContext context) {
        List<Ingested> messages = new ArrayList<>();
        try {
            Object body = Json.decodeValue(context.body().buffer());
            for (Object entry : body instanceof JsonArray array ? array : new JsonArray().add(body)) {
                messages.add(new Ingested(context.pathParam("threadId"), content(entry)));
            }
        } catch (DecodeException | ClassCastException e) {
            answer(context, 400, "body: no JSON (expected: a content or an array of them)");
            return;
        } catch (IllegalArgumentException e) {
            answer(context, 400, String.valueOf(e.getMessage()));
            return;
        }
        feed.ingest(messages)
                .onSuccess(accepted -> {
                    if (accepted == 0 && !messages.isEmpty()) {
                        answer(context, 404, "threadId: not watched here (expected: a thread with a subscriber)");
                    } else {
                        context.response().setStatusCode(202).end();
                    }
                })
                .onFailure(failure -> answer(context, 503, "The node is not ready."));
    }

    /** An entry is a string, or an object with {@code content}. */
    private static String content(Object entry) {
        if (entry instanceof String text) {
            return text;
        }
        if (entry instanceof JsonObject json && json.size() == 1 && json.getValue("content") instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException(
                "content: missing or no string (expected: a string, or {\"content\": string})");
    }

    private static void answer(RoutingContext context, int status, String message) {
        HttpServerResponse response = context.response().setStatusCode(status);
        response.putHeader("Content-Type", "text/plain; charset=utf-8").end(message + '\n');
    }

    /** One WebSocket that publishes. The messages of one read are passed on together. Owned by its event loop. */
    private final class Publisher {
        private final ServerWebSocket socket;
        private List<Ingested> batch = new ArrayList<>();
        private int inFlight;

        Publisher(ServerWebSocket socket) {
            this.socket = socket;
        }

        void open() {
            socket.textMessageHandler(this::add);
        }

        private void add(String text) {
            Ingested message;
            try {
                JsonObject json = new JsonObject(text);
                message = new Ingested(json.getString("threadId", ""), json.getString("content", ""));
            } catch (DecodeException | ClassCastException e) {
                socket.writeTextMessage("{\"error\":\"frame: not {threadId, content} with two strings\"}");
                return;
            }
            if (batch.isEmpty()) {
                vertx.getOrCreateContext().runOnContext(turn -> flush());
            }
            batch.add(message);
        }

        private void flush() {
            List<Ingested> messages = batch;
            batch = new ArrayList<>();
            inFlight += messages.size();
            if (inFlight > MOST_IN_FLIGHT) {
                metrics.limitHit("ingest.inFlight");
                socket.pause();
            }
            feed.ingest(messages).onComplete(taken -> {
                inFlight -= messages.size();
                if (inFlight <= MOST_IN_FLIGHT) {
                    socket.resume();
                }
            });
        }
    }
}
