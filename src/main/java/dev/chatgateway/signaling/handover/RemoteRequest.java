package dev.chatgateway.signaling.handover;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A client's request about a session of another node, as it is passed on. It holds no token: that node finds it in the
 * directory.
 *
 * @param linkId the polling connection; empty for a request of the registrar
 * @param tag names the poll; 0 for any other request
 * @param body what the client has sent; for a poll what it says that it is
 */
public record RemoteRequest(Kind kind, String linkId, long tag, String body) {
    /** What the client asks for. */
    public enum Kind {
        POLL,
        ABANDONED,
        PACKETS,
        LEAVES,
        REGISTERED,
        UNREGISTERED
    }

    public Buffer encode() {
        return new JsonObject()
                .put("kind", kind.name())
                .put("link", linkId)
                .put("tag", tag)
                .put("body", body)
                .toBuffer();
    }

    /** Empty for a request that this version does not know. */
    public static Optional<RemoteRequest> decode(Buffer buffer) {
        try {
            JsonObject json = buffer.toJsonObject();
            Kind kind = kind(json.getString("kind"));
            return kind == null
                    ? Optional.empty()
                    : Optional.of(new RemoteRequest(
                            kind, json.getString("link", ""), json.getLong("tag", 0L), json.getString("body", "")));
        } catch (DecodeException | ClassCastException unknown) {
            return Optional.empty();
        }
    }

    private static @Nullable Kind kind(@Nullable String name) {
        for (Kind kind : Kind.values()) {
            if (kind.name().equals(name)) {
                return kind;
            }
        }
        return null;
    }
}
