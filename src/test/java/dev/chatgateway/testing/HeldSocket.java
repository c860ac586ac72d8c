package dev.chatgateway.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** A connection that sends what it is told and never more, from any address of this machine. Blocking. */
public final class HeldSocket implements AutoCloseable {
    private static final int LIMIT_MS = 20_000;

    private final Socket socket;
    private final long openedNanos = System.nanoTime();

    public HeldSocket(URI to) throws IOException {
        this(to, "127.0.0.1");
    }

    /** @param from a loopback address, of which Linux has many */
    public HeldSocket(URI to, String from) throws IOException {
        this(new Socket(), to, from);
    }

    /** @param socket not connected */
    public HeldSocket(Socket socket, URI to, String from) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(LIMIT_MS);
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.connect(new InetSocketAddress("127.0.0.1", to.getPort()), LIMIT_MS);
    }

    /** Sends bytes, one for each character. */
    public HeldSocket send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Reads until the head of an answer is complete, or nothing more comes. */
    public String head() throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        int next = read();
        while (next >= 0) {
            answer.write(next);
            if (answer.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                break;
            }
            next = read();
        }
        return answer.toString(StandardCharsets.ISO_8859_1);
    }

    /** Reads to the end; what came, and how long after the connection was opened the end was. */
    public Ended end() throws IOException {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        for (int next = read(); next >= 0; next = read()) {
            rest.write(next);
        }
        return new Ended(
                rest.toString(StandardCharsets.ISO_8859_1),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - openedNanos));
    }

    /** The end of a connection. */
    public record Ended(String text, long afterMs) {}

    /** Reads for that time; whether the connection is open then. */
    public boolean staysOpen(int millis) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        try {
            for (long left = millis; left > 0; left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())) {
                socket.setSoTimeout((int) left);
                if (read() < 0) {
                    return false;
                }
            }
        } catch (SocketTimeoutException open) {
            return true;
        } finally {
            socket.setSoTimeout(LIMIT_MS);
        }
        return true;
    }

    /** The next byte; -1 at the end. */
    public int next() throws IOException {
        return read();
    }

    private int read() throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (SocketException reset) {
            return -1;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
