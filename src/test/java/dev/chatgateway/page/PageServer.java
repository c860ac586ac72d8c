package dev.chatgateway.page;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A developer's web server: serves one script in an empty page, and makes users by the development routes of a gateway.
 * Its origin is another than the gateway's.
 */
final class PageServer implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    PageServer(String html, Path script, URI gateway) throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(threads);
        server.createContext(
                "/",
                exchange -> answer(exchange, 200, "text/html; charset=utf-8", html.getBytes(StandardCharsets.UTF_8)));
        server.createContext(
                "/script.js", exchange -> answer(exchange, 200, "text/javascript", Files.readAllBytes(script)));
        server.createContext("/dev/", exchange -> forward(exchange, gateway));
        server.start();
    }

    /** With a slash at the end. */
    String address() {
        return "http://localhost:" + server.getAddress().getPort() + "/";
    }

    private static void forward(HttpExchange exchange, URI gateway) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(
                        gateway.resolve(exchange.getRequestURI().getPath()))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(
                        exchange.getRequestBody().readAllBytes()))
                .build();
        HttpResponse<byte[]> response =
                HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray()).join();
        answer(exchange, response.statusCode(), "application/json", response.body());
    }

    private static void answer(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().add("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
