package dev.chatgateway.upstream;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A real HTTP server on any free port of loopback that answers by script; public for the tests of other rooms. */
public final class ScriptedService implements AutoCloseable {
    private final HttpServer server;
    private final Deque<Handler<HttpServerRequest>> script = new ConcurrentLinkedDeque<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private volatile Handler<HttpServerRequest> otherwise = json(200, new JsonObject());

    /** What arrived. */
    public record Request(String method, String target, Map<String, String> headers, Buffer body) {
        public JsonObject json() {
            return body.toJsonObject();
        }
    }

    public ScriptedService(Vertx vertx) throws Exception {
        server = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    requests.add(new Request(
                            request.method().name(),
                            request.uri(),
                            request.headers().entries().stream()
                                    .collect(java.util.stream.Collectors.toMap(
                                            e -> e.getKey().toLowerCase(java.util.Locale.ROOT),
                                            Map.Entry::getValue,
                                            (a, b) -> a + "," + b)),
                            body));
                    Handler<HttpServerRequest> next = script.poll();
                    (next == null ? otherwise : next).handle(request);
                }))
                .listen(0, "127.0.0.1")
                .await(20, TimeUnit.SECONDS);
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.actualPort());
    }

    public List<Request> requests() {
        return requests;
    }

    /** The next request that no earlier step answers is answered so. */
    public ScriptedService then(Handler<HttpServerRequest> step) {
        script.add(step);
        return this;
    }

    /** Requests beyond the script are answered so. */
    public ScriptedService otherwise(Handler<HttpServerRequest> step) {
        otherwise = step;
        return this;
    }

    public static Handler<HttpServerRequest> json(int status, JsonObject body, String... headers) {
        return text(status, body.encode(), headers);
    }

    public static Handler<HttpServerRequest> text(int status, String body, String... headers) {
        return request -> {
            HttpServerResponse response = request.response().setStatusCode(status);
            for (int i = 0; i < headers.length; i += 2) {
                response.putHeader(headers[i], headers[i + 1]);
            }
            if (status == 204) {
                response.end();
            } else {
                response.end(body);
            }
        };
    }

    /** An error with the documented body. */
    public static Handler<HttpServerRequest> error(int status, String code, String... headers) {
        return json(
                status,
                new JsonObject().put("error", new JsonObject().put("code", code).put("message", "scripted")),
                headers);
    }

    /** The connection breaks instead of an answer. */
    public static Handler<HttpServerRequest> drop() {
        return request -> request.connection().close();
    }

    /** No answer ever. */
    public static Handler<HttpServerRequest> silence() {
        return request -> {};
    }

    @Override
    public void close() {
        server.close();
    }
}
