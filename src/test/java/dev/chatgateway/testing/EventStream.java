package dev.chatgateway.testing;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A client of Server-Sent Events, and of the gateway's other requests over plain HTTP. */
public final class EventStream implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    /** Kept, because a client that is garbage collected stops reading. */
    private final HttpClient client;

    private final HttpResponse<InputStream> response;
    private final List<Event> events = new CopyOnWriteArrayList<>();
    private final List<String> comments = new CopyOnWriteArrayList<>();
    private volatile boolean ended;

    /**
     * One event.
     *
     * @param id cursor; empty if the event has none
     */
    public record Event(String id, String event, JsonObject data) {}

    private EventStream(HttpClient client, HttpResponse<InputStream> response) {
        this.client = client;
        this.response = response;
    }

    /** Begins to read a stream that was opened without that. */
    public EventStream start() {
        Thread reader = new Thread(this::read, "event-stream");
        reader.setDaemon(true);
        reader.start();
        return this;
    }

    /** Opens a stream and reads it. The client may be one for TLS. */
    public static EventStream open(HttpClient client, HttpRequest request) {
        return openUnread(client, request).start();
    }

    /** Opens a stream that is not read before {@link #start}. */
    public static EventStream openUnread(HttpClient client, HttpRequest request) {
        try {
            HttpResponse<InputStream> response = client.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream())
                    .orTimeout(LIMIT.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)
                    .join();
            return new EventStream(client, response);
        } catch (java.util.concurrent.CompletionException e) {
            throw new AssertionError(request.method() + " " + request.uri(), e);
        }
    }

    /** Opens a stream by GET. */
    public static EventStream get(GatewayExtension gateway, ServiceUser user, String path, String... headers) {
        HttpRequest.Builder request = request(gateway, user, path).GET();
        if (headers.length > 0) {
            request.headers(headers);
        }
        return open(http1(), request.build());
    }

    /** Opens a stream of threads and the inbox. */
    public static EventStream post(GatewayExtension gateway, ServiceUser user, JsonObject body) {
        HttpRequest.Builder request =
                request(gateway, user, "/streams").POST(HttpRequest.BodyPublishers.ofString(body.encode()));
        return open(http1(), request.build());
    }

    /** Sends a body and returns the response. */
    public static HttpResponse<String> exchange(
            GatewayExtension gateway, ServiceUser user, String path, String body, String... headers) {
        HttpRequest.Builder request = request(gateway, user, path).POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http1().sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .orTimeout(40, java.util.concurrent.TimeUnit.SECONDS)
                .join();
    }

    /** A long poll. */
    public static JsonObject poll(GatewayExtension gateway, ServiceUser user, JsonObject body) {
        HttpResponse<String> response =
                exchange(gateway, user, "/streams", body.encode(), "Accept", "application/json");
        if (response.statusCode() != 200) {
            throw new AssertionError("long poll: " + response.statusCode() + " " + response.body());
        }
        return new JsonObject(response.body());
    }

    /** A client of HTTP/1.1. */
    public static HttpClient http1() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(10))
                .build();
    }

    /** A request with the token of the user. */
    public static HttpRequest.Builder request(GatewayExtension gateway, ServiceUser user, String path) {
        URI socket = gateway.endpoints().webSocket();
        String scheme = socket.getScheme().equals("wss") ? "https" : "http";
        return HttpRequest.newBuilder(URI.create(scheme + "://" + socket.getAuthority() + path))
                .header("Authorization", "Bearer " + user.token());
    }

    private void read() {
        try (InputStream body = response.body()) {
            StringBuilder block = new StringBuilder();
            java.io.BufferedReader lines =
                    new java.io.BufferedReader(new java.io.InputStreamReader(body, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty()) {
                    add(block.toString());
                    block.setLength(0);
                } else {
                    block.append(line).append('\n');
                }
            }
        } catch (IOException e) {
            // The stream was cut; what came before counts.
        }
        ended = true;
    }

    private void add(String block) {
        String id = "";
        String name = "message";
        String data = null;
        for (String line : block.split("\n")) {
            if (line.startsWith(":")) {
                comments.add(line);
            } else if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                name = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data = line.substring(6);
            }
        }
        if (data != null) {
            events.add(new Event(id, name, new JsonObject(data)));
        }
    }

    /** The client that the stream was opened with. */
    public HttpClient client() {
        return client;
    }

    public int status() {
        return response.statusCode();
    }

    public HttpResponse<InputStream> response() {
        return response;
    }

    /** All events so far. */
    public List<Event> events() {
        return List.copyOf(events);
    }

    /** All comments so far. */
    public List<String> comments() {
        return List.copyOf(comments);
    }

    /** Waits for an event. */
    public Event event(String name, Predicate<JsonObject> fits) {
        await(() -> stream(name, fits).findFirst().isPresent(), name);
        return stream(name, fits).findFirst().orElseThrow();
    }

    private Stream<Event> stream(String name, Predicate<JsonObject> fits) {
        return events.stream().filter(event -> event.event().equals(name) && fits.test(event.data()));
    }

    /** Waits until the gateway has ended the response. */
    public void awaitEnd() {
        await(() -> ended, "the end of the response");
    }

    private void await(java.util.function.BooleanSupplier done, String what) {
        long until = System.nanoTime() + LIMIT.toNanos();
        while (!done.getAsBoolean()) {
            if (System.nanoTime() > until) {
                throw new AssertionError("no " + what + " among "
                        + events.stream().map(Event::event).toList());
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    /** Cuts the connection. */
    @Override
    public void close() {
        try {
            response.body().close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
