package dev.chatgateway.bench;

import java.util.Optional;

/** The prefix of each message's text, by which a delivery is recognized and timed without parsing its frame. */
record Stamp(int thread, long number, long dueNanos) {
    /** The number of messages that are not counted. */
    static final long PROBE = 0;

    private static final String START = "\"message\":\"bench ";
    /** A push's body is a JSON string within JSON. */
    private static final String SIGNALING_START = "\\\"messageBody\\\":\\\"bench ";

    /** A text of that many characters, or of the length of the stamp if that is longer. */
    String text(int size) {
        String start = "bench " + thread + " " + number + " " + dueNanos + " ";
        return start + "x".repeat(Math.max(0, size - start.length()));
    }

    /** The stamp in a notification; empty if it has none. */
    static Optional<Stamp> in(Protocol protocol, String frame) {
        String start = protocol == Protocol.SIGNALING ? SIGNALING_START : START;
        int at = frame.indexOf(start);
        if (at < 0) {
            return Optional.empty();
        }
        int thread = at + start.length();
        int number = frame.indexOf(' ', thread) + 1;
        int due = frame.indexOf(' ', number) + 1;
        int end = frame.indexOf(' ', due);
        return Optional.of(new Stamp(
                Integer.parseInt(frame, thread, number - 1, 10),
                Long.parseLong(frame, number, due - 1, 10),
                Long.parseLong(frame, due, end, 10)));
    }
}
