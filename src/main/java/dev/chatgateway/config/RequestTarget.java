package dev.chatgateway.config;

/** The target of a request as it was sent. Stateless. */
public final class RequestTarget {
    private RequestTarget() {}

    /** Whether each percent sign begins an escape. Vert.x throws an exception when it decodes any other path or query. */
    public static boolean decodes(String target) {
        for (int at = target.indexOf('%'); at >= 0; at = target.indexOf('%', at + 1)) {
            if (at + 2 >= target.length()
                    || Character.digit(target.charAt(at + 1), 16) < 0
                    || Character.digit(target.charAt(at + 2), 16) < 0) {
                return false;
            }
        }
        return true;
    }
}
