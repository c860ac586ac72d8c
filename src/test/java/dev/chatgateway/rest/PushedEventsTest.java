package dev.chatgateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Events with invalid values. */
class PushedEventsTest {
    private static final Instant NOW = Instant.parse("2026-11-23T10:00:00Z");

    private final Feed feed = new Feed();
    private final PushedEvents pushed =
            new PushedEvents(feed, GatewayMetrics.unread(), Clock.fixed(NOW, ZoneOffset.UTC));

    private static final class Feed implements ThreadFeed {
        private final List<Poke> pokes = new ArrayList<>();
        private final List<String> typing = new ArrayList<>();

        @Override
        public Future<Watched> watch(Watch watch) {
            return Future.failedFuture("not asked for");
        }

        @Override
        public void unwatch(String threadId, String subscriberId) {}

        @Override
        public Future<Boolean> sees(String threadId, String subscriberId, String messageId, long version) {
            return Future.succeededFuture(false);
        }

        @Override
        public void replaceToken(String subscriberId, UserToken token) {}

        @Override
        public void poke(Poke poke) {
            pokes.add(poke);
        }

        @Override
        public void typing(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
            typing.add(senderId);
        }

        @Override
        public void typingThrottled(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {}
    }

    private static JsonObject event(String name, JsonObject data) {
        return new JsonObject()
                .put("eventType", "Microsoft.Communication.Chat" + name)
                .put("eventTime", NOW.toString())
                .put("data", data.put("threadId", "19:t"));
    }

    @Test
    void invalid_id_or_version_triggers_a_poll() {
        for (Object invalid : new Object[] {null, "", "x", "-1", 1.5, true, "9".repeat(19), new JsonObject()}) {
            pushed.handle(event(
                    "MessageEdited", new JsonObject().put("messageId", invalid).put("version", invalid)));
        }
        assertThat(feed.pokes)
                .hasSize(8)
                .containsOnly(new ThreadFeed.Poke("19:t", "", 0, false, Set.of(EventGroup.EDITS)));
    }

    @Test
    void typing_with_an_invalid_time_is_not_published() {
        JsonObject data = new JsonObject().put("senderId", "8:acs:a");
        for (Object invalid : new Object[] {
            null, 5, "", "now", "+999999999-01-01T00:00:00Z", "-999999999-01-01T00:00:00Z", "10000-01-01T00:00:00Z"
        }) {
            pushed.handle(event("TypingIndicatorReceivedInThread", data.copy()).put("eventTime", invalid));
        }
        assertThat(feed.typing).isEmpty();
        pushed.handle(event("TypingIndicatorReceivedInThread", data.copy()));
        assertThat(feed.typing).containsExactly("8:acs:a");
    }
}
