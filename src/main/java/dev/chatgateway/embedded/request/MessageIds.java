package dev.chatgateway.embedded.request;

/** Message ids are milliseconds in decimal digits. */
public final class MessageIds {
    private static final int MAX_DIGITS = 16;

    private MessageIds() {}

    /** The id as a number; -1 for a malformed id. */
    public static long parse(String text) {
        if (text.isEmpty() || text.length() > MAX_DIGITS || text.startsWith("0")) {
            return -1;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return -1;
            }
        }
        return Long.parseLong(text);
    }
}
