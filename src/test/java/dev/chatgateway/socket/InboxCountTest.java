package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The upper end of the unread count, without rate limits. */
class InboxCountTest {
    @RegisterExtension
    static final GatewayExtension GATEWAY =
            new GatewayExtension().with("embedded.rateLimits", "off").with("poll.digestMs", "1000");

    @Test
    void unread_count_stops_at_100_and_skips_deleted_messages() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        ServiceUser ben = ServiceUser.create(GATEWAY);
        String thread = ann.createThread("Long", ben);
        String mark = ben.send(thread, "read");
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            a.call("sendReadReceipt", new JsonObject().put("threadId", thread).put("chatMessageId", mark));
            for (int i = 0; i < 60; i++) {
                ben.send(thread, "theirs " + i);
                ann.send(thread, "own " + i);
            }
            assertThat(unread(a))
                    .as("counted over two pages, up to the read mark")
                    .isEqualTo(60);
            String last = "";
            for (int i = 0; i < 41; i++) {
                last = ben.send(thread, "more " + i);
            }
            assertThat(unread(a)).isEqualTo(100);
            a.call("sendReadReceipt", new JsonObject().put("threadId", thread).put("chatMessageId", last));
            assertThat(unread(a)).isZero();
            String regretted = ben.send(thread, "regretted");
            assertThat(unread(a)).isEqualTo(1);
            ben.call("DELETE", ServiceUser.thread(thread) + "/messages/" + regretted, null);
            assertThat(unread(a)).isZero();
        }
    }

    private static int unread(ChatSocket socket) {
        return socket.call("getInbox", new JsonObject())
                .getJsonArray("value")
                .getJsonObject(0)
                .getInteger("unreadCount");
    }
}
