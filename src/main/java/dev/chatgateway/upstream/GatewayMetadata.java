package dev.chatgateway.upstream;

import io.vertx.core.json.JsonObject;

/** Entries of a message's metadata that belong to the gateway: written by it, and never shown to clients. */
public final class GatewayMetadata {
    /** The prefix of all keys of the gateway; clients may not use it. */
    public static final String PREFIX = "chatgateway.";

    /** The client's own id of a message, by which a resend is recognised. */
    public static final String CLIENT_MESSAGE_ID = PREFIX + "clientMessageId";

    private GatewayMetadata() {}

    /** Whether a key belongs to the gateway. */
    public static boolean owns(String key) {
        return key.startsWith(PREFIX);
    }

    /** Removes the gateway's entries from a message in the service's JSON. */
    public static void strip(JsonObject message) {
        if (message.getValue("metadata") instanceof JsonObject metadata) {
            metadata.fieldNames().stream()
                    .filter(GatewayMetadata::owns)
                    .toList()
                    .forEach(metadata::remove);
        }
    }
}
