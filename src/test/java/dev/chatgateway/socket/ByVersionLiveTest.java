package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Listings and subscriptions of a thread whose old messages were edited and deleted by other clients of the service.
 */
class ByVersionLiveTest {
    @RegisterExtension
    static final GatewayExtension GATEWAY =
            new GatewayExtension().with("embedded.rateLimits", "off").with("poll.digestMs", "1000");

    private final ServiceUser ann = ServiceUser.create(GATEWAY);
    private final ServiceUser ben = ServiceUser.create(GATEWAY);
    private final String thread = ann.createThread("Changes", ben);
    private final List<String> sent = new ArrayList<>();

    @BeforeEach
    void nineMessagesOfWhichTheNinthIsEditedAndTheFourthDeleted() {
        for (int i = 1; i <= 9; i++) {
            sent.add(ben.send(thread, "m" + i));
        }
        ben.call("PATCH", message(9), new JsonObject().put("content", "m9, edited"));
        ben.call("DELETE", message(4), null);
    }

    @Test
    void inbox_shows_the_newest_message_and_three_unread() {
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            a.call("sendReadReceipt", on().put("chatMessageId", sent.get(5)));
            JsonObject entry =
                    a.call("getInbox", new JsonObject()).getJsonArray("value").getJsonObject(0);
            assertThat(entry.getJsonObject("lastMessage").getString("id")).isEqualTo(sent.get(8));
            assertThat(entry.getInteger("unreadCount")).isEqualTo(3);
        }
    }

    @Test
    void list_messages_is_newest_first_by_id() {
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            List<String> newestFirst = new ArrayList<>(sent);
            Collections.reverse(newestFirst);
            assertThat(ids(a.call("listMessages", on()).getJsonArray("value")))
                    .startsWith(newestFirst.toArray(String[]::new));
        }
    }

    @Test
    void first_messages_of_a_subscription_are_the_newest_by_id() {
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            JsonArray messages = a.call("subscribe", on().put("limit", 3)).getJsonArray("messages");
            assertThat(ids(messages)).containsExactly(sent.get(8), sent.get(7), sent.get(6));
        }
    }

    @Test
    void subscription_to_one_message_is_answered_after_an_old_edit() {
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            a.call("subscribe", on());
            ben.call("PATCH", message(1), new JsonObject().put("content", "m1, edited"));
            try (ChatSocket other = ChatSocket.signIn(GATEWAY, ann)) {
                JsonArray messages =
                        other.call("subscribe", on().put("limit", 1)).getJsonArray("messages");
                assertThat(ids(messages)).containsExactly(sent.get(8));
            }
        }
    }

    private JsonObject on() {
        return new JsonObject().put("threadId", thread);
    }

    private String message(int number) {
        return ServiceUser.thread(thread) + "/messages/" + sent.get(number - 1);
    }

    private static List<String> ids(JsonArray messages) {
        return messages.stream().map(m -> ((JsonObject) m).getString("id")).toList();
    }
}
