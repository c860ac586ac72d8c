package dev.chatgateway.signaling.wire;

import dev.chatgateway.config.PublicOrigin;
import dev.chatgateway.protocol.SessionReferenceCodec.Reference;
import io.vertx.core.json.JsonObject;

/** The addresses under which a client finds the live channel, and the documents that name them. Stateless. */
public final class SignalingUrls {
    public static final String CONFIGURATION = "/chat/config/realTimeNotifications";
    public static final String ALLOCATE = "/v4/a";
    public static final String TROUTER = "/signaling/trouter";
    public static final String REGISTRAR = "/signaling/registrar";
    public static final String REGISTRATIONS = REGISTRAR + "/v3/registrations";
    public static final String SOCKET_IO = "/socket.io/1";
    public static final String WEBSOCKET = SOCKET_IO + "/websocket/";
    public static final String POLLING = SOCKET_IO + "/xhr-polling/";
    /** The query parameter that carries the session reference. */
    public static final String REFERENCE = "sr";

    public static final int HEARTBEAT_SECONDS = 60;
    /** Announced life of a session. Above 7200 the client renews its registration, which shows the gateway its new token. */
    public static final long LIFE_SECONDS = 86_400;

    private SignalingUrls() {}

    /** Names the live channel to a client that asks its endpoint. */
    public static JsonObject configuration(PublicOrigin origin) {
        return new JsonObject()
                .put("trouterServiceUrl", origin + TROUTER)
                .put("registrarServiceUrl", origin + REGISTRAR)
                .put("cloudType", "public");
    }

    /** Where a client's pushes go; it registers this address. */
    public static String push(PublicOrigin origin, String registrationId) {
        return origin + "/signaling/push/" + registrationId + "/";
    }

    /** The answer to an allocation. */
    public static JsonObject session(PublicOrigin origin, Reference reference, String text) {
        String push = push(origin, reference.registrationId());
        return new JsonObject()
                .put("socketio", origin + "/")
                .put("surl", push)
                .put("url", push)
                .put("ccid", reference.registrationId())
                .put("ttl", Long.toString(LIFE_SECONDS))
                .put("id", reference.registrationId())
                .put("curlb", origin.toString())
                .put("connectparams", new JsonObject().put(REFERENCE, text));
    }

    /** The answer to a handshake: socket.io session id, times, transports. */
    public static String handshake(String linkId) {
        return linkId + ":" + HEARTBEAT_SECONDS + ":" + HEARTBEAT_SECONDS + ":websocket,xhr-polling";
    }
}
