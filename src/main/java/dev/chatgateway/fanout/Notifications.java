package dev.chatgateway.fanout;

import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.protocol.FrameEncoder;
import io.vertx.core.json.JsonObject;

/** The gateway's own notifications about a subscription (docs/protocol.md, Notifications). */
public final class Notifications {
    private Notifications() {}

    /** The subscription has ended. */
    static Frame unsubscribed(String threadId, EndReason reason) {
        return control("unsubscribed", threadId, new JsonObject().put("reason", reason.token()));
    }

    /** Events are missing: the client must take fresh state. */
    public static Frame resync(String threadId, String cursor, Resync resync) {
        return resync(threadId, cursor, resync, new JsonObject());
    }

    /** The same with the parts of the thread's state that the subscription includes. */
    static Frame resync(String threadId, String cursor, Resync resync, JsonObject state) {
        JsonObject fields = new JsonObject()
                .put("cursor", cursor)
                .put("reason", resync.reason().token())
                .mergeIn(state);
        return control("resync", threadId, fields);
    }

    /** Events with these numbers were left out for a slow receiver, because later ones replace them. */
    public static Frame conflated(String threadId, long fromSeq, long toSeq) {
        return control(
                "conflated", threadId, new JsonObject().put("fromSeq", fromSeq).put("toSeq", toSeq));
    }

    /** The next event of the thread has this sequence number. */
    static Frame resumed(String threadId, long seq) {
        return control("resumed", threadId, new JsonObject().put("seq", seq));
    }

    /** The freshness of the thread's events has changed. */
    static Frame freshness(String threadId, Freshness freshness, String reason) {
        return control("freshness", threadId, json(freshness).put("reason", reason));
    }

    /** Freshness as results and notifications contain it. */
    public static JsonObject json(Freshness freshness) {
        return new JsonObject()
                .put("source", freshness.source().token())
                .put("maxStalenessMs", freshness.maxStalenessMs());
    }

    private static Frame control(String method, String threadId, JsonObject fields) {
        JsonObject params = new JsonObject().put("threadId", threadId).mergeIn(fields);
        String text = FrameEncoder.notification(method, params).encode();
        return new Frame(Frame.Kind.CONTROL, threadId, -1, null, null, text);
    }
}
