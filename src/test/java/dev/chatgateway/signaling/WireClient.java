package dev.chatgateway.signaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.signaling.wire.Packet;
import dev.chatgateway.testing.UsedSecrets;
import io.vertx.core.json.JsonObject;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.awaitility.Awaitility;

/**
 * A client of the live channel that speaks the protocol itself on plain sockets: it allocates, shakes hands, registers,
 * acknowledges, connects again at once when it is cut off, and polls when an upgrade is refused, as the official library
 * does. Has one thread.
 */
final class WireClient implements AutoCloseable {
    private static final String DESCRIPTION =
            URLEncoder.encode("{\"cv\":\"2024.14.01.55\",\"ua\":\"AcsWeb\",\"v\":\"1.6.0\"}", StandardCharsets.UTF_8);

    private final URI origin;
    private final String id;
    private final Supplier<String> tokens;
    private final Watcher watcher;
    private final List<String> packets = new CopyOnWriteArrayList<>();
    private final List<Push> pushes = new CopyOnWriteArrayList<>();
    private final Map<Integer, Integer> statuses = new ConcurrentHashMap<>();
    private volatile String token;
    private volatile boolean acknowledging = true;
    private volatile boolean pollingInTurn;
    private volatile boolean away;
    private volatile boolean connected;
    private volatile boolean ended;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile Channel channel;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger polled = new AtomicInteger();

    /** @param tokens asked for a token at the beginning and when the gateway refuses the one before */
    WireClient(URI origin, String id, Supplier<String> tokens, Watcher watcher) {
        this.origin = origin;
        this.id = id;
        this.tokens = tokens;
        this.watcher = watcher;
        token = tokens.get();
        Thread thread = new Thread(this::run, "wire client " + id);
        thread.setDaemon(true);
        thread.start();
    }

    WireClient(URI origin, String id, Supplier<String> tokens) {
        this(origin, id, tokens, (push, port, end) -> {});
    }

    /** Follows the acknowledgements of a client. */
    @FunctionalInterface
    interface Watcher {
        /**
         * A push was acknowledged.
         *
         * @param port the client's port of the connection that carries the acknowledgement
         * @param end how many bytes the client has written on that connection, the acknowledgement included
         */
        void acknowledged(Push push, int port, long end) throws IOException;
    }

    /** A push that has arrived whole. */
    record Push(int connection, long id, String url, JsonObject body) {
        int event() {
            return body.getInteger("eventId");
        }

        String thread() {
            return body.getString("groupId");
        }

        String text() {
            return body.getString("messageBody", "");
        }
    }

    /** An answer to a request. */
    private record Answer(int status, String body) {}

    /** Sends a packet on the connection in use. */
    @FunctionalInterface
    private interface Channel {
        /** @param push what the packet acknowledges; null if it is another */
        void send(String packet, Push push) throws IOException;
    }

    String id() {
        return id;
    }

    List<String> packets() {
        return packets;
    }

    /** The last packets and failures, for the message of a test that fails. */
    List<String> lastPackets() {
        // A copy: a part of the list itself could not be read while packets arrive.
        List<String> arrived = List.copyOf(packets);
        return arrived.subList(Math.max(0, arrived.size() - 8), arrived.size());
    }

    /** All pushes that have arrived, in order; repeated ones too. */
    List<Push> pushes() {
        return pushes;
    }

    /** The texts of the messages that have arrived as received. */
    List<String> texts() {
        return pushes.stream()
                .filter(push -> push.event() == 200)
                .map(Push::text)
                .toList();
    }

    /** How often a request was answered with a status. */
    int status(int status) {
        return statuses.getOrDefault(status, 0);
    }

    /** How many connections were established. */
    int connections() {
        return connections.get();
    }

    /** How many of them by polling. */
    int polled() {
        return polled.get();
    }

    WireClient acknowledge(boolean yes) {
        acknowledging = yes;
        return this;
    }

    /** Connects by polling every other time from now on, as clients do that an upgrade has failed for. */
    WireClient pollInTurn() {
        pollingInTurn = true;
        return this;
    }

    /** Closes the connection without a word, and opens none until {@link #back}. */
    void away() {
        away = true;
        hangUp();
        until(client -> !client.connected);
    }

    void back() {
        away = false;
        until(client -> client.connected);
    }

    /** Waits until the client is connected. */
    WireClient ready() {
        return until(client -> client.connected);
    }

    /** Sends a packet now. */
    void send(String packet) {
        try {
            channel.send(packet, null);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Sends a ping and waits until it is answered. */
    void ping(int number) {
        send("5:" + number + "+::{\"name\":\"ping\"}");
        until(client -> client.packets.contains("6:::" + number + "+[]"));
    }

    WireClient until(Predicate<WireClient> condition) {
        Awaitility.await(id)
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> assertThat(condition.test(this))
                        .as("%s connections, last packets: %s", connections.get(), lastPackets())
                        .isTrue());
        return this;
    }

    /** Shows the registrar a token. */
    int register(String shown) {
        try {
            String body = new JsonObject().put("registrationId", id).encode();
            return request("POST", "/signaling/registrar/v3/registrations", shown, body)
                    .status();
        } catch (IOException e) {
            return 0;
        }
    }

    /** Allocates a session under another id, and does not connect. */
    int allocate(String other) {
        try {
            return request("POST", "/v4/a?epid=" + other, token, "").status();
        } catch (IOException e) {
            return 0;
        }
    }

    /** Withdraws the registration of an id. */
    int unregister(String registration) {
        try {
            return request("DELETE", "/signaling/registrar/v3/registrations/" + registration, token, "")
                    .status();
        } catch (IOException e) {
            return 0;
        }
    }

    @Override
    public void close() {
        ended = true;
        hangUp();
    }

    private void hangUp() {
        sockets.forEach(WireClient::close);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Closed already.
        }
    }

    private void run() {
        while (!ended) {
            try {
                if (!away) {
                    session();
                }
            } catch (IOException | RuntimeException e) {
                packets.add("!" + e);
            }
            connected = false;
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void session() throws IOException {
        Answer allocated = request("POST", "/v4/a?v=v4&epid=" + id, token, "");
        if (allocated.status() != 200) {
            refused(allocated.status());
            return;
        }
        String reference =
                new JsonObject(allocated.body()).getJsonObject("connectparams").getString("sr");
        UsedSecrets.note(reference);
        String query = "?sr=" + reference + "&v=v4&tc=" + DESCRIPTION + "&epid=" + id;
        Answer handshake = request("GET", "/socket.io/1/" + query, token, "");
        if (handshake.status() != 200) {
            refused(handshake.status());
            return;
        }
        String sid = handshake.body().split(":")[0];
        boolean poll = pollingInTurn && connections.get() > polled.get() * 2;
        if (poll || !overWebSocket(sid + query)) {
            byPolling("/socket.io/1/xhr-polling/" + sid + query);
        }
    }

    private void refused(int status) {
        if (status == 401) {
            token = tokens.get();
        }
    }

    /** False if the upgrade was refused. */
    private boolean overWebSocket(String target) throws IOException {
        try (Socket opened = open()) {
            Sink sink = new Sink(opened);
            sink.write(("GET /socket.io/1/websocket/" + target + " HTTP/1.1\r\nHost: " + origin.getAuthority()
                            + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            DataInputStream in = new DataInputStream(new BufferedInputStream(opened.getInputStream()));
            int status = status(head(in));
            if (status != 101) {
                count(status);
                return false;
            }
            connections.incrementAndGet();
            channel = (packet, push) -> {
                long end = sink.frame(1, packet.getBytes(StandardCharsets.UTF_8));
                if (push != null) {
                    watcher.acknowledged(push, opened.getLocalPort(), end);
                }
            };
            frames(in, sink);
            return true;
        } finally {
            connected = false;
        }
    }

    private void frames(DataInputStream in, Sink sink) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        while (true) {
            int first = in.readUnsignedByte();
            long length = in.readUnsignedByte();
            length = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
            byte[] data = new byte[(int) length];
            in.readFully(data);
            int opcode = first & 15;
            if (opcode == 8) {
                return;
            } else if (opcode == 9) {
                sink.frame(10, data);
            } else if (opcode < 3) {
                message.writeBytes(data);
                if ((first & 128) != 0 && !received(message.toString(StandardCharsets.UTF_8))) {
                    return;
                }
                message = (first & 128) != 0 ? new ByteArrayOutputStream() : message;
            }
        }
    }

    private void byPolling(String path) throws IOException {
        connections.incrementAndGet();
        polled.incrementAndGet();
        channel = (packet, push) -> {
            Socket[] used = new Socket[1];
            long[] end = new long[1];
            try {
                Answer answer = request("POST", path, null, packet, used, end);
                if (answer.status() != 200) {
                    throw new IOException("post refused");
                }
            } finally {
                if (push != null && used[0] != null) {
                    watcher.acknowledged(push, used[0].getLocalPort(), end[0]);
                }
            }
        };
        while (!ended && !away) {
            Answer answer = request("GET", path, null, "");
            if (answer.status() != 200) {
                return;
            }
            boolean open = true;
            for (String packet : Packet.split(answer.body())) {
                open &= received(packet);
            }
            if (!open) {
                return;
            }
        }
    }

    /** False if the connection ends with this packet. */
    private boolean received(String packet) throws IOException {
        packets.add(packet);
        if (packet.startsWith("3:::")) {
            JsonObject json = new JsonObject(packet.substring(4));
            Push push = new Push(
                    connections.get(),
                    json.getLong("id"),
                    json.getString("url"),
                    new JsonObject(json.getString("body")));
            pushes.add(push);
            if (acknowledging) {
                channel.send("3:::{\"id\":" + push.id() + ",\"status\":200,\"headers\":{},\"body\":\"\"}", push);
            }
        } else if (packet.startsWith("0::")) {
            if (packet.contains("unauthorized")) {
                token = tokens.get();
            }
            return false;
        } else if (packet.equals("2::")) {
            channel.send("2::", null);
        } else if (packet.contains("trouter.connected")) {
            connected = true;
            register(token);
        }
        return true;
    }

    private Answer request(String method, String path, String shown, String body) throws IOException {
        return request(method, path, shown, body, new Socket[1], new long[1]);
    }

    private Answer request(String method, String path, String shown, String body, Socket[] used, long[] end)
            throws IOException {
        try (Socket opened = open()) {
            used[0] = opened;
            byte[] content = body.getBytes(StandardCharsets.UTF_8);
            String head = method + " " + path + " HTTP/1.1\r\nHost: " + origin.getAuthority()
                    + "\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: " + content.length + "\r\n"
                    + (shown == null ? "" : "X-Skypetoken: " + shown + "\r\n") + "\r\n";
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
            all.writeBytes(content);
            Sink sink = new Sink(opened);
            end[0] = all.size();
            sink.write(all.toByteArray());
            DataInputStream in = new DataInputStream(new BufferedInputStream(opened.getInputStream()));
            List<String> lines = head(in);
            byte[] answer = new byte[length(lines)];
            in.readFully(answer);
            count(status(lines));
            return new Answer(status(lines), new String(answer, StandardCharsets.UTF_8));
        }
    }

    private Socket open() throws IOException {
        Socket opened = new Socket(origin.getHost(), origin.getPort());
        opened.setTcpNoDelay(true);
        opened.setSoTimeout(60_000);
        sockets.removeIf(Socket::isClosed);
        sockets.add(opened);
        if (away || ended) {
            opened.close();
        }
        return opened;
    }

    private void count(int status) {
        statuses.merge(status, 1, Integer::sum);
    }

    private static List<String> head(DataInputStream in) throws IOException {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        while (true) {
            int c = in.read();
            if (c < 0) {
                throw new EOFException("cut in the head of an answer");
            } else if (c == '\n' && line.length() == 0) {
                return lines;
            } else if (c == '\n') {
                lines.add(line.toString());
                line.setLength(0);
            } else if (c != '\r') {
                line.append((char) c);
            }
        }
    }

    private static int status(List<String> head) {
        return Integer.parseInt(head.get(0).split(" ")[1]);
    }

    private static int length(List<String> head) {
        return head.stream()
                .filter(line -> line.regionMatches(true, 0, "content-length:", 0, 15))
                .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
                .findFirst()
                .orElse(0);
    }

    /** Writes to a socket, and counts. */
    private static final class Sink {
        private final Socket socket;
        private long written;

        Sink(Socket socket) {
            this.socket = socket;
        }

        synchronized long write(byte[] bytes) throws IOException {
            written += bytes.length;
            socket.getOutputStream().write(bytes);
            return written;
        }

        /** A frame whose mask is zero, so that its text can be read on its way. */
        long frame(int opcode, byte[] data) throws IOException {
            ByteArrayOutputStream frame = new ByteArrayOutputStream();
            frame.write(128 | opcode);
            if (data.length < 126) {
                frame.write(128 | data.length);
            } else {
                frame.write(128 | 126);
                frame.write(data.length >> 8);
                frame.write(data.length);
            }
            frame.writeBytes(new byte[4]);
            frame.writeBytes(data);
            return write(frame.toByteArray());
        }
    }
}
