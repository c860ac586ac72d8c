package dev.chatgateway.bench;

/** How the receivers of the load speak with the gateway. */
enum Protocol {
    /** The gateway's own: JSON-RPC over a WebSocket; a connection subscribes to one thread. */
    OWN,
    /** That of the official client libraries; a session receives all threads of its user. */
    SIGNALING
}
