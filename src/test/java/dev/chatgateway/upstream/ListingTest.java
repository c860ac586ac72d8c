package dev.chatgateway.upstream;

import static dev.chatgateway.upstream.EmbeddedFixture.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How listings are asked for, and where they end. */
class ListingTest {
    private static final String LINK = "https://service/chat/threads?syncState=s";

    private final List<ChatCall> calls = new ArrayList<>();
    private final List<JsonObject> pages = new ArrayList<>();
    private final ThreadReader reader = new ThreadReader(
            call -> {
                calls.add(call);
                return Future.succeededFuture(new ChatService.Reply(200, pages.get(calls.size() - 1)));
            },
            Clock.systemUTC(),
            GatewayMetrics.unread());
    private final UserToken alice = Tokens.of("alice");

    @Test
    void listings_have_a_page_size_and_no_start_time() {
        for (int i = 0; i < 6; i++) {
            pages.add(page(i == 0 ? LINK : ""));
        }
        String next = get(reader.messages(alice, "t", 20, Priority.POLL))
                .continuation()
                .orElseThrow();
        get(reader.nextMessages(alice, "t", next, Priority.POLL));
        get(reader.threads(alice, Optional.empty(), Priority.POLL));
        get(reader.threads(alice, Optional.of(next), Priority.POLL));
        get(reader.participants(alice, "t", Priority.POLL));
        get(reader.receipts(alice, "t", Priority.POLL));
        assertThat(calls).extracting(ChatCall::query).allMatch(query -> query.containsKey("maxPageSize"));
        assertThat(calls).extracting(ChatCall::query).noneMatch(query -> query.containsKey("startTime"));
    }

    @Test
    void the_page_size_of_a_link_is_kept() {
        pages.add(page(""));
        String next = PageToken.after(page(LINK + "&maxPageSize=7")).orElseThrow();
        get(reader.nextMessages(alice, "t", next, Priority.POLL));
        assertThat(calls.get(0).query()).isEqualTo(Map.of("syncState", "s", "maxPageSize", "7"));
    }

    @Test
    void participants_and_receipts_go_on_past_an_empty_page() {
        JsonObject user = new JsonObject().put("rawId", "8:acs:bob");
        pages.add(page(LINK));
        pages.add(page("", new JsonObject().put("communicationIdentifier", user)));
        pages.add(page(LINK));
        pages.add(page(
                "",
                new JsonObject()
                        .put("senderCommunicationIdentifier", user)
                        .put("chatMessageId", "1700000000000")
                        .put("readOn", "2026-01-01T00:00:00Z")));
        assertThat(get(reader.participants(alice, "t", Priority.POLL)).members())
                .containsOnlyKeys("8:acs:bob");
        assertThat(get(reader.receipts(alice, "t", Priority.POLL))).hasSize(1);
    }

    @Test
    void endless_listing_of_participants_fails() {
        for (int i = 0; i < 20; i++) {
            pages.add(page(LINK));
        }
        ChatServiceException failure = catchThrowableOfType(
                ChatServiceException.class, () -> get(reader.participants(alice, "t", Priority.POLL)));
        assertThat(failure.status()).isEqualTo(502);
        assertThat(calls).hasSizeLessThan(10);
    }

    @Test
    void an_empty_page_of_messages_or_threads_keeps_its_link() {
        pages.add(page(LINK));
        pages.add(page(LINK));
        assertThat(get(reader.messages(alice, "t", 20, Priority.POLL)).continuation())
                .isPresent();
        assertThat(get(reader.threads(alice, Optional.empty(), Priority.POLL)).continuation())
                .isPresent();
    }

    private static JsonObject page(String link, JsonObject... entries) {
        JsonObject page = new JsonObject().put("value", new JsonArray(List.of((Object[]) entries)));
        return link.isEmpty() ? page : page.put("nextLink", link);
    }
}
