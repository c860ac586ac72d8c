package dev.chatgateway.command;

import static dev.chatgateway.command.VersionedService.START;
import static dev.chatgateway.command.VersionedService.THREAD;
import static dev.chatgateway.command.VersionedService.id;
import static dev.chatgateway.upstream.EmbeddedFixture.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.ThreadReader;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Commands in a thread that is listed by version: old messages that changed precede newer ones. */
class ByVersionIT {
    private static final String BOB = "8:acs:bob";
    private static final long MINUTE = 60_000;
    private static final long HOUR = 60 * MINUTE;

    private final VersionedService service = new VersionedService();
    private final UserToken alice = Tokens.of("alice");

    @Test
    void deleted_old_message_is_neither_last_nor_unread() {
        for (int i = 1; i <= 9; i++) {
            service.send(BOB, i);
        }
        service.read(alice.userId(), 6).edit(9, 20).delete(4, 30);
        JsonObject entry = entry();
        assertThat(entry.getJsonObject("lastMessage").getString("id")).isEqualTo(id(9));
        assertThat(entry.getInteger("unreadCount")).isEqualTo(3);
        assertThat(entry.getString("lastReadMessageId")).isEqualTo(id(6));
        assertThat(service.listings).hasSize(1);
    }

    @Test
    void edited_message_that_was_read_is_not_unread() {
        for (int i = 1; i <= 5; i++) {
            service.send(BOB, i);
        }
        service.read(alice.userId(), 5).edit(2, 50).edit(5, 60);
        assertThat(entry().getInteger("unreadCount")).isZero();
    }

    @Test
    void last_message_after_a_page_of_old_edits_is_found() {
        for (int i = 1; i <= 250; i++) {
            service.send(BOB, i);
        }
        for (int i = 1; i <= 150; i++) {
            service.edit(i, 1_000 + i);
        }
        service.read(alice.userId(), 240);
        JsonObject entry = entry();
        assertThat(entry.getJsonObject("lastMessage").getString("id")).isEqualTo(id(250));
        assertThat(entry.getInteger("unreadCount")).isEqualTo(10);
        assertThat(service.listings).hasSize(2);
    }

    @Test
    void last_message_and_count_are_null_above_the_page_limit() {
        for (int i = 1; i <= 700; i++) {
            service.send(BOB, i);
        }
        for (int i = 1; i <= 600; i++) {
            service.edit(i, 1_000 + i);
        }
        service.read(alice.userId(), 690);
        JsonObject entry = entry();
        assertThat(entry.getValue("lastMessage")).isNull();
        assertThat(entry.getValue("unreadCount")).isNull();
        assertThat(entry.getString("lastReadMessageId")).isEqualTo(id(690));
        assertThat(service.listings).hasSize(5);
    }

    @Test
    void inbox_entry_skips_an_empty_page() {
        service.emptyPages = 2;
        service.send(BOB, 1).send(BOB, 2);
        JsonObject entry = entry();
        assertThat(entry.getJsonObject("lastMessage").getString("id")).isEqualTo(id(2));
        assertThat(entry.getInteger("unreadCount")).isEqualTo(2);
    }

    @Test
    void old_edit_does_not_end_the_search_for_a_sent_message() {
        service.send(BOB, 0).sendIdentified(alice.userId(), 24 * HOUR, "c-1");
        for (int i = 1; i <= 250; i++) {
            service.send(BOB, 24 * HOUR + i * 1_000);
        }
        service.edit(0, 24 * HOUR + 5 * MINUTE);
        assertThat(find("c-1")).contains(id(24 * HOUR));
        assertThat(service.listings).hasSize(2);
    }

    @Test
    void search_for_a_sent_message_ends_at_old_versions() {
        service.sendIdentified(alice.userId(), 0, "c-1");
        for (int i = 1; i <= 500; i++) {
            service.send(BOB, i * MINUTE);
        }
        assertThat(find("c-1")).isEmpty();
        assertThat(service.listings).hasSize(1);
    }

    @Test
    void search_for_a_sent_message_reads_four_pages_at_most() {
        service.sendIdentified(alice.userId(), 0, "c-1");
        for (int i = 1; i <= 900; i++) {
            service.send(BOB, i);
        }
        assertThat(find("c-1")).isEmpty();
        assertThat(service.listings).hasSize(4);
    }

    @Test
    void search_for_a_sent_message_skips_an_empty_page() {
        service.emptyPages = 1;
        service.sendIdentified(alice.userId(), 1, "c-1");
        assertThat(find("c-1")).contains(id(1));
    }

    @Test
    void newest_messages_are_those_that_arrived_last() {
        for (int i = 1; i <= 40; i++) {
            service.send(BOB, i);
        }
        service.edit(1, 100).delete(2, 101).edit(39, 102);
        NewestPage newest = newest(3);
        assertThat(ids(newest)).containsExactly(id(40), id(39), id(38));
        assertThat(newest.messages().getJsonObject(1).getString("version")).isEqualTo(id(102));
        assertThat(service.listings).hasSize(1);
    }

    @Test
    void newest_messages_after_many_old_edits_are_found() {
        for (int i = 1; i <= 100; i++) {
            service.send(BOB, i);
        }
        for (int i = 1; i <= 60; i++) {
            service.edit(i, 1_000 + i);
        }
        NewestPage newest = newest(20);
        assertThat(ids(newest)).startsWith(id(100)).endsWith(id(81)).hasSize(20);
        assertThat(newest.readTo()).isLessThanOrEqualTo(START + 81);
        assertThat(service.listings).hasSize(2);
    }

    @Test
    void newest_messages_name_the_lowest_listed_version() {
        for (int i = 1; i <= 300; i++) {
            service.send(BOB, i);
        }
        for (int i = 1; i <= 200; i++) {
            service.edit(i, 1_000 + i);
        }
        NewestPage newest = newest(1);
        assertThat(ids(newest)).containsExactly(id(200));
        assertThat(newest.readTo()).isGreaterThan(START + 300);
        assertThat(service.listings).hasSize(5);
    }

    @Test
    void all_messages_of_a_short_thread_are_listed() {
        service.emptyPages = 1;
        service.send(BOB, 1).send(BOB, 2);
        NewestPage newest = newest(50);
        assertThat(ids(newest)).containsExactly(id(2), id(1));
        assertThat(newest.readTo()).isZero();
    }

    private JsonObject entry() {
        Clock clock = Clock.systemUTC();
        ReadMarks marks = new ReadMarks(service, new ThreadReader(service, clock, GatewayMetrics.unread()), clock);
        return get(new InboxEntryReader(service, marks).entry(alice, THREAD, Priority.HISTORY));
    }

    private Optional<String> find(String clientMessageId) {
        return get(new SentMessages(service).find(new Draft(alice, THREAD, new JsonObject(), clientMessageId, true)));
    }

    private NewestPage newest(int limit) {
        return get(new NewestMessages(service).find(alice, THREAD, limit));
    }

    private static List<String> ids(NewestPage newest) {
        return newest.messages().stream()
                .map(m -> ((JsonObject) m).getString("id"))
                .toList();
    }
}
