package dev.chatgateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Compares the frames of a running gateway with the schemas of docs/asyncapi.yaml. */
class AsyncApiLiveIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("embedded.rateLimits", "off");

    private static final AsyncApi API = AsyncApi.load();

    /** Methods that are documented and may not be implemented. */
    private final List<String> problems = new ArrayList<>();

    private final Set<String> called = new HashSet<>();
    private ServiceUser ann;
    private ServiceUser ben;

    @BeforeEach
    void people() {
        ann = ServiceUser.create(GATEWAY);
        ben = ServiceUser.create(GATEWAY);
    }

    @Test
    void requests_results_and_notifications_match_the_schemas() {
        try (ChatSocket socket = ChatSocket.open(GATEWAY);
                ChatSocket other = ChatSocket.signIn(GATEWAY, ben)) {
            call(socket, "authenticate", new JsonObject().put("token", ann.token()));
            String thread = call(
                            socket,
                            "createChatThread",
                            new JsonObject().put("topic", "Lunch").put("participants", participants(ben.participant())))
                    .getJsonObject("chatThread")
                    .getString("id");
            JsonObject on = new JsonObject().put("threadId", thread);
            JsonArray all = new JsonArray(List.of("participants", "receipts", "typing", "inbox"));
            call(other, "subscribe", on.copy().put("limit", 5).put("include", all));
            call(socket, "subscribe", on.copy().put("events", new JsonArray().add("messages")));
            String id = messages(socket, other, on);
            rest(socket, on, id);
            for (String method : List.of("readReceiptReceived", "chatThreadPropertiesUpdated", "participantsAdded")) {
                other.event(method, params -> true);
            }
            call(socket, "removeParticipant", on.copy().put("communicationIdentifier", ben.identifier()));
            other.event("unsubscribed", params -> true);
            call(socket, "unsubscribe", on);
            call(socket, "deleteChatThread", on);
            Set<String> seen = new HashSet<>();
            notifications(other).forEach(frame -> {
                String method = frame.getString("method");
                seen.add(method);
                problems.addAll(API.problems(method + "Notification", frame));
                API.undocumented(method, frame.getJsonObject("params"))
                        .forEach(name -> problems.add(method + ": " + name));
            });
            assertThat(seen)
                    .contains(
                            "chatMessageReceived",
                            "chatMessageEdited",
                            "chatMessageDeleted",
                            "readReceiptReceived",
                            "typingIndicatorReceived",
                            "chatThreadPropertiesUpdated",
                            "participantsAdded",
                            "unsubscribed");
        }
        assertThat(problems).isEmpty();
        assertThat(called).containsExactlyInAnyOrderElementsOf(API.methods());
    }

    private String messages(ChatSocket socket, ChatSocket other, JsonObject on) {
        String id = call(
                        socket,
                        "sendMessage",
                        on.copy()
                                .put("content", "Hello")
                                .put("clientMessageId", "m-1")
                                .put("metadata", new JsonObject()))
                .getString("id");
        JsonObject message = on.copy().put("messageId", id);
        call(socket, "sendMessage", on.copy().put("content", "<b>x</b>").put("type", "html"));
        call(socket, "getMessage", message);
        other.event("chatMessageReceived", params -> id.equals(params.getString("id")));
        call(socket, "updateMessage", message.copy().put("content", "Hi"));
        call(socket, "listMessages", on.copy().put("maxPageSize", 2));
        // Waits for each state: the poller finds only the newest state of a message.
        other.event("chatMessageEdited", params -> id.equals(params.getString("id")));
        call(socket, "deleteMessage", message);
        return id;
    }

    private void rest(ChatSocket socket, JsonObject on, String id) {
        call(socket, "sendReadReceipt", on.copy().put("chatMessageId", id));
        call(socket, "listReadReceipts", on);
        call(socket, "sendTypingNotification", on.copy().put("senderDisplayName", "Ann"));
        call(socket, "updateProperties", on.copy().put("topic", "Dinner"));
        call(socket, "getProperties", on);
        ServiceUser eve = ServiceUser.create(GATEWAY);
        call(socket, "addParticipants", on.copy().put("participants", participants(eve.participant())));
        call(socket, "listParticipants", on);
        call(socket, "listChatThreads", new JsonObject().put("maxPageSize", 1));
        call(socket, "ping", new JsonObject());
        call(socket, "subscribeInbox", new JsonObject());
        call(socket, "getInbox", new JsonObject().put("maxPageSize", 5));
        call(socket, "unsubscribeInbox", new JsonObject());
        call(socket, "ack", new JsonObject().put("cursor", "c"));
    }

    /** Calls a method. Request and response must match their schemas. */
    private JsonObject call(ChatSocket socket, String method, JsonObject params) {
        called.add(method);
        JsonObject request = new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", 1)
                .put("method", method)
                .put("params", params);
        problems.addAll(API.problems(method, request));
        JsonObject result = socket.call(method, params);
        problems.addAll(API.problems(method + "Result", FrameEncoder.result(1, result)));
        return result;
    }

    private static List<JsonObject> notifications(ChatSocket socket) {
        List<JsonObject> frames = new ArrayList<>();
        for (Object frame : socket.received()) {
            if (frame instanceof JsonObject json && json.containsKey("method")) {
                frames.add(json);
            }
        }
        return frames;
    }

    private static JsonArray participants(JsonObject participant) {
        return new JsonArray().add(participant);
    }

    @Test
    void gateway_refuses_what_the_schemas_refuse() {
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, ann)) {
            for (String method : API.methods()) {
                JsonObject error = socket.refused(method, example(method).put("colour", "blue"));
                JsonObject answer =
                        new JsonObject().put("jsonrpc", "2.0").put("id", 1).put("error", error);
                assertThat(API.problems("error", answer)).isEmpty();
                assertThat(error.getInteger("code")).as("%s %s", method, error).isEqualTo(RpcError.INVALID_PARAMS);
                assertThat(error.getString("message")).as(method).contains("colour");
            }
        }
    }

    @Test
    void required_parameters_match_those_of_the_gateway() {
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, ann)) {
            for (String method : API.methods()) {
                JsonNode schema = API.schema(Character.toUpperCase(method.charAt(0)) + method.substring(1) + "Params");
                for (JsonNode name : schema.path("required")) {
                    JsonObject params = example(method);
                    params.remove(name.textValue());
                    JsonObject error = socket.refused(method, params);
                    assertThat(error.getInteger("code"))
                            .as("%s without %s", method, name)
                            .isEqualTo(RpcError.INVALID_PARAMS);
                    assertThat(error.getString("message")).as(method).contains(name.textValue());
                }
            }
        }
    }

    private static JsonObject example(String method) {
        return new JsonObject(
                API.messages().at("/" + method + "/examples/0/payload/params").toString());
    }
}
