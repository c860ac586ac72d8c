package dev.chatgateway.bench;

/** How the receivers of the load speak with the gateway. */
enum Protocol {
    /** The gateway's own: JSON-RPC over a WebSocket; a connection subscribes to one thread. */
    OWN("own", "own protocol"),
    /** The events of the own protocol as Server-Sent Events; a stream has one thread. */
    STREAM("sse", "Server-Sent Events"),
    /** That of the official client libraries; a session receives all threads of its user. */
    SIGNALING("signaling", "signaling");

    private final String token;
    private final String title;

    Protocol(String token, String title) {
        this.token = token;
        this.title = title;
    }

    /** The value of the option and in results. */
    String token() {
        return token;
    }

    String title() {
        return title;
    }
}
