package dev.chatgateway.signaling;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A TCP proxy on loopback that cuts a connection after some bytes in one direction, refuses some with 503, and lets the
 * gateway believe for a while that a cut connection is still open. Counts what it has passed on of each connection.
 */
final class CuttingProxy implements AutoCloseable {
    private static final byte[] REFUSAL =
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);
    private static final int SILENT_MS = 3_000;

    private final ServerSocket server;
    private final URI target;
    private final Random random;
    private final Map<Integer, Passage> passages = new ConcurrentHashMap<>();
    private final AtomicInteger cuts = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();
    private volatile boolean calm;

    CuttingProxy(URI target, long seed) throws IOException {
        this.target = target;
        random = new Random(seed);
        server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        spawn(this::accept);
    }

    URI uri() {
        return URI.create("http://localhost:" + server.getLocalPort());
    }

    int cuts() {
        return cuts.get();
    }

    int refusals() {
        return refusals.get();
    }

    /** Cuts nothing from now on that was not planned before. */
    void calmDown() {
        calm = true;
        passages.values().forEach(passage -> passage.limit.set(Long.MAX_VALUE));
    }

    /** The connection that a client has opened from this port. */
    Passage of(int port) throws IOException {
        for (int i = 0; i < 2_000; i++) {
            Passage passage = passages.get(port);
            if (passage != null) {
                return passage;
            }
            pause(1);
        }
        throw new IOException("not accepted");
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                Passage passage = new Passage(client);
                passages.put(client.getPort(), passage);
                spawn(passage::run);
            } catch (IOException e) {
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        passages.values().forEach(passage -> quietly(passage.client));
    }

    /** One connection on its way through the proxy. */
    final class Passage {
        private final Socket client;
        private final AtomicLong passedUp = new AtomicLong();
        private final AtomicLong limit = new AtomicLong(Long.MAX_VALUE);
        private final boolean refused;
        private final boolean up;
        private final boolean behindHead;
        private final boolean silent;
        private boolean cut;

        private Passage(Socket client) {
            this.client = client;
            synchronized (random) {
                refused = random.nextInt(12) == 0;
                up = random.nextBoolean();
                behindHead = up && random.nextInt(3) > 0;
                silent = random.nextInt(6) == 0;
                limit.set(up ? random.nextInt(behindHead ? 300 : 1_500) : random.nextInt(5_000));
            }
            if (calm) {
                limit.set(Long.MAX_VALUE);
            }
        }

        /** How many bytes of the client were passed on to the gateway. */
        long passedUp() {
            return passedUp.get();
        }

        private void run() {
            try (Socket gateway = refused && !calm ? null : new Socket(target.getHost(), target.getPort())) {
                if (gateway == null) {
                    refuse();
                    return;
                }
                gateway.setTcpNoDelay(true);
                client.setTcpNoDelay(true);
                Thread down = spawn(() -> pump(gateway, client, false));
                pump(client, gateway, true);
                quietly(client);
                if (silent && wasCut()) {
                    // The gateway hears nothing of the cut.
                    pause(SILENT_MS);
                }
                // What was passed on reaches the gateway: no reset while it has not read.
                gateway.shutdownOutput();
                down.join(5_000);
            } catch (IOException e) {
                quietly(client);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void refuse() throws IOException {
            if (client.getInputStream().read(new byte[8_192]) > 0) {
                refusals.incrementAndGet();
                client.getOutputStream().write(REFUSAL);
            }
            client.shutdownOutput();
            pause(20);
            client.close();
        }

        /** Passes bytes on until the end or the cut. What the gateway sends after that is read and dropped. */
        private void pump(Socket from, Socket to, boolean upwards) {
            byte[] buffer = new byte[4_096];
            long passed = 0;
            boolean open = true;
            try {
                InputStream in = from.getInputStream();
                for (int n = in.read(buffer); n >= 0 && (open || !upwards); n = in.read(buffer)) {
                    if (passed == 0 && upwards && behindHead) {
                        // A request's head comes in one piece; the cut is meant for what follows.
                        int head = n;
                        limit.updateAndGet(had -> had == Long.MAX_VALUE ? had : had + head);
                    }
                    int some = open ? allowed(passed, n, upwards) : 0;
                    passed += some;
                    open &= write(to, buffer, some, upwards);
                    if (open && some < n) {
                        open = false;
                        cut();
                    }
                }
            } catch (IOException e) {
                // The connection has ended.
            }
            if (!upwards) {
                quietly(client);
            }
        }

        private boolean write(Socket to, byte[] buffer, int count, boolean upwards) {
            try {
                to.getOutputStream().write(buffer, 0, count);
                if (upwards) {
                    passedUp.addAndGet(count);
                }
                return true;
            } catch (IOException e) {
                return false;
            }
        }

        private int allowed(long passed, int n, boolean upwards) {
            long left = upwards == up ? limit.get() - passed : n;
            return (int) Math.max(0, Math.min(n, left));
        }

        private synchronized boolean wasCut() {
            return cut;
        }

        private void cut() {
            synchronized (this) {
                cut = true;
            }
            cuts.incrementAndGet();
            quietly(client);
        }
    }

    private static Thread spawn(Runnable task) {
        Thread thread = new Thread(task, "cutting proxy");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void quietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Closed already.
        }
    }
}
