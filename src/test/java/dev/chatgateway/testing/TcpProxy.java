package dev.chatgateway.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP proxy on loopback whose connections a test can cut, and which can refuse new ones. */
public final class TcpProxy implements AutoCloseable {
    private final ServerSocket server;
    private final URI target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean refusing;

    /** Begins to accept connections. */
    public TcpProxy(URI target) {
        this.target = target;
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        spawn(this::accept);
    }

    /** The address for clients, without a slash at the end. */
    public String uri() {
        return "http://localhost:" + server.getLocalPort();
    }

    /** Cuts all connections, and closes new ones at once until {@link #restore}. */
    public void cut() {
        refusing = true;
        sockets.forEach(TcpProxy::close);
    }

    /** Lets new connections through. */
    public void restore() {
        refusing = false;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                sockets.add(client);
                if (refusing) {
                    close(client);
                } else {
                    Socket gateway = new Socket(target.getHost(), target.getPort());
                    sockets.add(gateway);
                    spawn(() -> copy(client, gateway));
                    spawn(() -> copy(gateway, client));
                }
            } catch (IOException e) {
                // The proxy is closed, or this connection is; the next one may come.
            }
        }
    }

    private void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // Cut, or closed by one of the ends.
        }
        close(from);
        close(to);
        sockets.remove(from);
        sockets.remove(to);
    }

    private static void spawn(Runnable task) {
        Thread thread = new Thread(task, "tcp-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        cut();
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
