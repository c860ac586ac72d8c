package dev.chatgateway.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** What clients send. */
public final class Requests {
    private Requests() {}

    /** A request of that method; {@code batch} is ten pings in one message. */
    public static String text(String name) {
        return switch (name) {
            case "ping" -> request("ping").encode();
            case "sendMessage" ->
                request("sendMessage")
                        .put(
                                "params",
                                new JsonObject()
                                        .put("threadId", Samples.THREAD)
                                        .put("content", Samples.message(1, 1).text())
                                        .put("type", "text")
                                        .put("senderDisplayName", "Ada Lovelace"))
                        .encode();
            case "batch" -> {
                JsonArray batch = new JsonArray();
                for (int i = 0; i < 10; i++) {
                    batch.add(request("ping").put("id", i));
                }
                yield batch.encode();
            }
            default -> throw new IllegalArgumentException("request: " + name);
        };
    }

    private static JsonObject request(String method) {
        return new JsonObject().put("jsonrpc", "2.0").put("id", 42).put("method", method);
    }
}
