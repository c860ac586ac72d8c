package dev.chatgateway.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.embedded.ServiceFixture.Storage;
import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Order, pages and page token of the message list. */
@ParameterizedClass
@EnumSource(Storage.class)
class MessageOrderIT {
    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.plain();

    private final TestService service;

    MessageOrderIT(Storage storage) {
        this.service = FIXTURE.on(storage);
    }

    private static String messages(String thread) {
        return "/chat/threads/" + thread + "/messages";
    }

    private static List<JsonNode> items(Answer page) {
        List<JsonNode> items = new ArrayList<>();
        page.json().path("value").forEach(items::add);
        return items;
    }

    private static List<String> ids(Answer page) {
        return items(page).stream().map(m -> m.path("id").asText()).toList();
    }

    private static String state(JsonNode message) {
        return message.path("id").asText() + " " + message.path("version").asText();
    }

    private List<String> send(User user, String thread, int count) {
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sent.add(service.message(user, thread, "message " + i));
        }
        return sent;
    }

    private void edit(User user, String thread, String id) {
        assertThat(service.call(user, "PATCH", messages(thread) + "/" + id, "{\"content\":\"edited\"}")
                        .status())
                .isEqualTo(204);
    }

    private void delete(User user, String thread, String id) {
        assertThat(service.call(user, "DELETE", messages(thread) + "/" + id, null)
                        .status())
                .isEqualTo(204);
    }

    /** The page token of a next link: its bytes after the thread id. */
    private static ByteBuffer cursor(String link, String thread) {
        String hex = link.replaceAll(".*syncState=([0-9a-f]+)&.*", "$1");
        ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.get()).isEqualTo((byte) 0x3e);
        byte[] id = new byte[bytes.getInt()];
        bytes.get(id);
        assertThat(new String(id, StandardCharsets.UTF_8)).isEqualTo(thread);
        assertThat(bytes.get()).isEqualTo((byte) 1);
        assertThat(bytes.remaining()).isEqualTo(16);
        return bytes;
    }

    @Test
    void messages_are_listed_by_version_newest_first() {
        User alice = service.user();
        String thread = service.thread(alice);
        List<String> sent = send(alice, thread, 7);
        edit(alice, thread, sent.get(1));
        delete(alice, thread, sent.get(1));
        edit(alice, thread, sent.get(6));

        Answer list = service.get(alice, messages(thread) + "?maxPageSize=200");

        assertThat(ids(list).subList(0, 7))
                .containsExactly(
                        sent.get(6), sent.get(1), sent.get(5), sent.get(4), sent.get(3), sent.get(2), sent.get(0));
        List<Long> versions =
                items(list).stream().map(m -> m.path("version").asLong()).toList();
        assertThat(versions).isSortedAccordingTo(java.util.Comparator.reverseOrder());
        assertThat(items(list).stream().map(m -> m.path("sequenceId").asText()))
                .containsExactly("9", "4", "8", "7", "6", "5", "3", "2", "1");
    }

    @Test
    void cursor_holds_last_version_and_first_of_the_pass() {
        User alice = service.user();
        String thread = service.thread(alice);
        List<String> sent = send(alice, thread, 5);
        edit(alice, thread, sent.get(0));

        Answer first = service.get(alice, messages(thread) + "?maxPageSize=2");
        Answer second = service.get(alice, first.text("nextLink"));

        long newest = items(first).get(0).path("version").asLong();
        ByteBuffer afterFirst = cursor(first.text("nextLink"), thread);
        assertThat(afterFirst.getLong())
                .isEqualTo(items(first).get(1).path("version").asLong());
        assertThat(afterFirst.getLong()).isEqualTo(newest);
        ByteBuffer afterSecond = cursor(second.text("nextLink"), thread);
        assertThat(afterSecond.getLong())
                .isEqualTo(items(second).get(1).path("version").asLong());
        assertThat(afterSecond.getLong()).isEqualTo(newest);
    }

    @Test
    void message_changed_between_pages_leaves_the_pass() {
        User alice = service.user();
        String thread = service.thread(alice);
        List<String> sent = send(alice, thread, 6);

        Answer first = service.get(alice, messages(thread) + "?maxPageSize=3");
        edit(alice, thread, sent.get(1));
        edit(alice, thread, sent.get(5));
        String late = service.message(alice, thread, "late");
        List<JsonNode> pass = new ArrayList<>(items(first));
        for (String link = first.text("nextLink"); link != null; ) {
            Answer page = service.get(alice, link);
            pass.addAll(items(page));
            link = page.text("nextLink");
        }
        Answer next = service.get(alice, messages(thread) + "?maxPageSize=3");

        assertThat(pass.stream().map(m -> m.path("id").asText()).limit(5))
                .containsExactly(sent.get(5), sent.get(4), sent.get(3), sent.get(2), sent.get(0));
        assertThat(pass).hasSize(7);
        assertThat(ids(next)).containsExactly(late, sent.get(5), sent.get(1));
        assertThat(pass.stream().map(MessageOrderIT::state))
                .doesNotContainAnyElementsOf(
                        items(next).stream().map(MessageOrderIT::state).toList());
    }

    @Test
    void default_page_of_messages_holds_ten() {
        User alice = service.user();
        String thread = service.thread(alice);
        send(alice, thread, 8);
        assertThat(service.get(alice, messages(thread)).json().has("nextLink")).isFalse();

        send(alice, thread, 2);
        Answer first = service.get(alice, messages(thread));
        Answer second = service.get(alice, first.text("nextLink"));

        assertThat(items(first)).hasSize(10);
        assertThat(URLDecoder.decode(first.text("nextLink"), StandardCharsets.UTF_8))
                .contains("&startTime=1/1/1970 12:00:00 AM +00:00&maxPageSize=10&" + TestService.VERSION);
        assertThat(items(second)).hasSize(2);
        assertThat(second.json().has("nextLink")).isFalse();
    }

    @Test
    void full_last_page_of_messages_has_no_link() {
        User alice = service.user();
        String thread = service.thread(alice);
        send(alice, thread, 2);

        Answer first = service.get(alice, messages(thread) + "?maxPageSize=2");
        Answer last = service.get(alice, first.text("nextLink"));

        assertThat(items(last)).hasSize(2);
        assertThat(last.json().has("nextLink")).isFalse();
    }

    @Test
    void start_time_is_compared_with_the_arrival() {
        User alice = service.user();
        String thread = service.thread(alice);
        List<String> sent = send(alice, thread, 4);
        edit(alice, thread, sent.get(0));
        edit(alice, thread, sent.get(2));
        String start = Instant.ofEpochMilli(Long.parseLong(sent.get(1))).toString();

        Answer first = service.get(alice, messages(thread) + "?maxPageSize=2&startTime=" + start);
        Answer second = service.get(alice, first.text("nextLink"));

        assertThat(ids(first)).containsExactly(sent.get(2), sent.get(3));
        assertThat(first.text("nextLink")).contains("startTime=" + start.replace(":", "%3A"));
        assertThat(ids(second)).containsExactly(sent.get(1));
        assertThat(second.json().has("nextLink")).isFalse();
    }

    @Test
    void edit_of_hidden_history_is_not_listed() {
        User alice = service.user();
        User bob = service.user();
        String thread = service.thread(alice);
        List<String> sent = send(alice, thread, 4);
        service.post(
                alice,
                "/chat/threads/" + thread + "/participants/:add",
                "{\"participants\":[{\"communicationIdentifier\":" + TestService.identifier(bob)
                        + ",\"shareHistoryTime\":\"" + Instant.ofEpochMilli(Long.parseLong(sent.get(2))) + "\"}]}");
        edit(alice, thread, sent.get(2));
        edit(alice, thread, sent.get(0));

        Answer list = service.get(bob, messages(thread) + "?maxPageSize=3");

        assertThat(ids(list)).hasSize(3).startsWith(sent.get(2)).endsWith(sent.get(3));
        assertThat(list.json().has("nextLink")).isFalse();
    }

    @Test
    void removed_participant_lists_changes_up_to_the_removal() {
        User alice = service.user();
        User bob = service.user();
        String thread = service.thread(alice, bob);
        List<String> sent = send(alice, thread, 4);
        edit(alice, thread, sent.get(0));
        service.post(alice, "/chat/threads/" + thread + "/participants/:remove", TestService.identifier(bob));
        Answer before = service.get(bob, messages(thread) + "?maxPageSize=2");
        edit(alice, thread, sent.get(2));
        delete(alice, thread, sent.get(3));
        service.message(alice, thread, "later");

        Answer after = service.get(bob, messages(thread) + "?maxPageSize=2");
        Answer rest = service.get(bob, before.text("nextLink"));

        assertThat(items(before).get(0).path("type").asText()).isEqualTo("participantRemoved");
        assertThat(ids(after)).isEqualTo(ids(before)).endsWith(sent.get(0));
        assertThat(ids(rest)).startsWith(sent.get(1)).hasSize(2).doesNotContain(sent.get(2), sent.get(3));
    }
}
