package dev.chatgateway.page;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A TCP proxy that forwards the upgrade to a WebSocket and its response, and then no byte of that connection any more. */
final class SwallowingProxy implements AutoCloseable {
    private static final int BUFFER = 16_384;
    private static final String UPGRADE = "GET /ws ";
    private static final String END_OF_HEAD = "\r\n\r\n";

    private final int target;
    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    SwallowingProxy(URI gateway) throws IOException {
        target = gateway.getPort();
        listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                sockets.add(client);
                threads.execute(() -> forward(client));
            } catch (IOException closed) {
                // The listener was closed.
            }
        }
    }

    private void forward(Socket client) {
        try (client;
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
            sockets.add(server);
            String head = head(client.getInputStream());
            server.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
            if (head.startsWith(UPGRADE)) {
                client.getOutputStream().write(head(server.getInputStream()).getBytes(StandardCharsets.ISO_8859_1));
                threads.execute(() -> copy(server, OutputStream.nullOutputStream()));
                copy(client, OutputStream.nullOutputStream());
            } else {
                OutputStream back = client.getOutputStream();
                threads.execute(() -> {
                    copy(server, back);
                    end(client);
                });
                copy(client, server.getOutputStream());
            }
        } catch (IOException cut) {
            // Both connections end.
        } finally {
            sockets.remove(client);
        }
    }

    private static String head(InputStream from) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith(END_OF_HEAD)) {
            int next = from.read();
            if (next < 0) {
                throw new IOException("ended in a head");
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static void copy(Socket from, OutputStream to) {
        try {
            InputStream in = from.getInputStream();
            byte[] buffer = new byte[BUFFER];
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                to.write(buffer, 0, length);
            }
        } catch (IOException cut) {
            // The other direction ends too.
        }
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException closed) {
            // Nothing is left to do.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        sockets.forEach(SwallowingProxy::end);
        threads.shutdownNow();
    }
}
