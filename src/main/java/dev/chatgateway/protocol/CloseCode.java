package dev.chatgateway.protocol;

import java.util.Arrays;

/** The close codes of the gateway: number, reason, and whether the client should reconnect. */
public enum CloseCode {
    NORMAL(1000, "normal", Retry.NO),
    GOING_AWAY(1001, "goingAway", Retry.LATER),
    BINARY_FRAME(1003, "binaryFrame", Retry.NO),
    BAD_UTF8(1007, "badUtf8", Retry.NO),
    FRAME_TOO_BIG(1009, "frameTooBig", Retry.NO),
    DRAINING(1012, "draining", Retry.JITTERED),
    NODE_FULL(1013, "nodeFull", Retry.ELSEWHERE),
    NOT_JSON_RPC(4400, "notJsonRpc", Retry.NO),
    TOKEN_EXPIRED(4401, "tokenExpired", Retry.NEW_TOKEN),
    OTHER_USER(4403, "otherUser", Retry.NO),
    UNKNOWN_SUBPROTOCOL(4406, "unknownSubprotocol", Retry.NO),
    SILENT(4408, "silent", Retry.JITTERED),
    TOO_MANY_CONNECTIONS(4409, "tooManyConnections", Retry.LATER),
    TOO_SLOW(4413, "tooSlow", Retry.JITTERED),
    ABUSE(4429, "abuse", Retry.LATER);

    private final int number;
    private final String token;
    private final Retry retry;

    CloseCode(int number, String token, Retry retry) {
        this.number = number;
        this.token = token;
        this.retry = retry;
    }

    /** Whether and how a client should reconnect. */
    public enum Retry {
        NO,
        JITTERED,
        LATER,
        ELSEWHERE,
        NEW_TOKEN
    }

    /** Metric label for a number that a client may send: the number if it is a known one, else {@code other}. */
    public static String label(int number) {
        boolean known =
                (number >= 1000 && number <= 1014) || Arrays.stream(values()).anyMatch(code -> code.number == number);
        return known ? Integer.toString(number) : "other";
    }

    /** The number in the close frame. */
    public int number() {
        return number;
    }

    /** The reason in the close frame. */
    public String token() {
        return token;
    }

    /** Whether and how a client should reconnect. */
    public Retry retry() {
        return retry;
    }
}
