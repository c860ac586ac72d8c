package dev.chatgateway.page;

import dev.chatgateway.official.ExternalClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** nginx or HAProxy of the distribution in front of a listener of this machine, as a process of its own. */
final class ReverseProxy implements AutoCloseable {
    private static final Path NGINX = Path.of("/usr/sbin/nginx");
    private static final Path HAPROXY = Path.of("/usr/sbin/haproxy");
    private static final int LIMIT_MS = 10_000;

    private static final String NGINX_CONFIGURATION = """
            daemon off;
            worker_processes 1;
            pid %1$s/nginx.pid;
            error_log stderr;
            events { worker_connections 256; }
            http {
              access_log off;
              client_body_temp_path %1$s/body;
              proxy_temp_path %1$s/proxy;
              fastcgi_temp_path %1$s/fastcgi;
              uwsgi_temp_path %1$s/uwsgi;
              scgi_temp_path %1$s/scgi;
              proxy_http_version 1.1;
              proxy_set_header Host $http_host;
              server {
                listen 127.0.0.1:%2$d;
                location /ws { return %3$s; }
                location / { proxy_pass http://127.0.0.1:%4$d; %5$s }
              }
            }
            """;

    private static final String HAPROXY_CONFIGURATION = """
            defaults
              mode http
              timeout connect 5s
              timeout client 60s
              timeout server 60s
            frontend clients
              bind 127.0.0.1:%1$d
              http-request deny deny_status 400 if { path /ws }
              default_backend gateway
            backend gateway
              server one 127.0.0.1:%2$d
            """;

    /** Compresses streams, whatever their headers say, and so holds them back until they end. */
    private static final String BUFFERING = "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;"
            + " gzip on; gzip_types text/event-stream; gzip_proxied any; proxy_hide_header Content-Encoding;";

    private final Process process;
    private final int port;

    private ReverseProxy(Path directory, int port, String... command) throws IOException, InterruptedException {
        this.port = port;
        Path log = directory.resolve("proxy.log");
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MS);
        while (!listens(port)) {
            if (!process.isAlive() || System.nanoTime() > end) {
                close();
                throw new IOException(String.join(" ", command) + " does not listen:\n" + Files.readString(log));
            }
            Thread.sleep(20);
        }
    }

    static void require() {
        ExternalClient.require(Files.exists(NGINX) && Files.exists(HAPROXY), "install nginx and haproxy");
    }

    /** nginx that refuses WebSocket with 403. */
    static ReverseProxy withoutWebSocket(Path directory, URI gateway) throws IOException, InterruptedException {
        return nginx(directory, gateway, "403", "");
    }

    /** nginx that refuses WebSocket and sends nothing of a response before its end. */
    static ReverseProxy buffering(Path directory, URI gateway) throws IOException, InterruptedException {
        return nginx(directory, gateway, "403", BUFFERING);
    }

    private static ReverseProxy nginx(Path directory, URI gateway, String status, String more)
            throws IOException, InterruptedException {
        int port = freePort();
        Path file = Files.writeString(
                directory.resolve("nginx.conf"),
                NGINX_CONFIGURATION.formatted(directory, port, status, gateway.getPort(), more));
        return new ReverseProxy(
                directory, port, NGINX.toString(), "-e", "stderr", "-p", directory.toString(), "-c", file.toString());
    }

    /** HAProxy that refuses WebSocket with 400. */
    static ReverseProxy haproxy(Path directory, URI gateway) throws IOException, InterruptedException {
        int port = freePort();
        Path file = Files.writeString(
                directory.resolve("haproxy.cfg"), HAPROXY_CONFIGURATION.formatted(port, gateway.getPort()));
        return new ReverseProxy(directory, port, HAPROXY.toString(), "-db", "-f", file.toString());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), LIMIT_MS);
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + port);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(LIMIT_MS, TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
