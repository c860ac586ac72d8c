package dev.chatgateway.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.chatgateway.embedded.ServiceFixture.Storage;
import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Order, pages and page token of the thread list. */
@ParameterizedClass
@EnumSource(Storage.class)
class ThreadListIT {
    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.clocked(false);

    private final TestService service;

    ThreadListIT(Storage storage) {
        this.service = FIXTURE.on(storage);
    }

    private static List<String> ids(Answer page) {
        List<String> ids = new ArrayList<>();
        page.json().path("value").forEach(m -> ids.add(m.path("id").asText()));
        return ids;
    }

    private static void pass(long millis) {
        FIXTURE.clock().advance(Duration.ofMillis(millis));
    }

    private static JsonNode cursor(String link) {
        try {
            String text = URLDecoder.decode(link.replaceAll(".*syncState=([^&]+).*", "$1"), StandardCharsets.UTF_8);
            return new ObjectMapper().readTree(Base64.getDecoder().decode(text));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private String lastMessageReceivedOn(User user, String thread) {
        Answer list = service.get(user, "/chat/threads");
        return list.text("value." + ids(list).indexOf(thread) + ".lastMessageReceivedOn");
    }

    @Test
    void next_link_of_threads_has_only_requested_parameters() {
        User alice = service.user();
        for (int i = 0; i < 101; i++) {
            service.thread(alice);
        }
        String start = "startTime=2026-01-01T00:00:00Z";

        Answer plain = service.get(alice, "/chat/threads?" + start);
        Answer sized = service.get(alice, "/chat/threads?maxPageSize=2&" + start);

        assertThat(ids(plain)).hasSize(100);
        assertThat(plain.text("nextLink"))
                .matches(".*/chat/threads\\?syncState=[^&]+&" + TestService.VERSION)
                .startsWith(service.started.endpoint());
        assertThat(sized.text("nextLink"))
                .matches(".*/chat/threads\\?syncState=[^&]+&maxPageSize=2&" + TestService.VERSION);
        assertThat(ids(service.get(alice, plain.text("nextLink")))).hasSize(1);
    }

    @Test
    void full_last_page_of_threads_has_no_link() {
        User alice = service.user();
        service.thread(alice);
        service.thread(alice);

        Answer first = service.get(alice, "/chat/threads?maxPageSize=1");
        Answer last = service.get(alice, first.text("nextLink"));

        assertThat(ids(last)).hasSize(1);
        assertThat(last.json().has("nextLink")).isFalse();
        assertThat(service.get(alice, "/chat/threads?maxPageSize=2").json().has("nextLink"))
                .isFalse();
    }

    @Test
    void cursor_of_threads_is_two_windows_of_time() {
        User alice = service.user();
        for (int i = 0; i < 3; i++) {
            service.thread(alice);
            pass(1_010);
        }
        Answer first = service.get(alice, "/chat/threads?maxPageSize=1&startTime=2026-01-01T00:00:00Z");
        Answer second = service.get(alice, first.text("nextLink"));

        JsonNode afterFirst = cursor(first.text("nextLink"));
        JsonNode afterSecond = cursor(second.text("nextLink"));
        assertThat(afterFirst.at("/0/start")).isEqualTo(afterFirst.at("/0/end"));
        assertThat(afterSecond.at("/0/end")).isEqualTo(afterFirst.at("/0/end"));
        assertThat(Instant.parse(afterFirst.at("/0/start").asText().replace("+00:00", "Z"))
                        .minusMillis(1_010))
                .isEqualTo(afterSecond.at("/0/start").asText().replace("+00:00", "Z"));
        assertThat(afterSecond.at("/1/start").asText()).isEqualTo("2026-01-01T00:00:00+00:00");
        assertThat(afterSecond.at("/1/end")).isEqualTo(afterSecond.at("/1/start"));
    }

    @Test
    void threads_of_one_millisecond_are_all_listed_once() {
        User alice = service.user();
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            made.add(service.thread(alice));
        }
        List<String> seen = new ArrayList<>();
        for (String link = "/chat/threads?maxPageSize=2"; link != null; ) {
            Answer page = service.get(alice, link);
            seen.addAll(ids(page));
            link = page.text("nextLink");
        }
        assertThat(seen).containsExactlyInAnyOrderElementsOf(made);
    }

    @Test
    void start_time_applies_to_all_pages_of_threads() {
        User alice = service.user();
        service.thread(alice);
        pass(2_000);
        String start = Instant.ofEpochMilli(FIXTURE.clock().millis()).toString();
        String second = service.thread(alice);
        pass(2_000);
        String third = service.thread(alice);

        Answer first = service.get(alice, "/chat/threads?maxPageSize=1&startTime=" + start);
        Answer last = service.get(alice, first.text("nextLink"));

        assertThat(ids(first)).containsExactly(third);
        assertThat(ids(last)).containsExactly(second);
        assertThat(last.json().has("nextLink")).isFalse();
    }

    @Test
    void removal_does_not_move_last_message_received_on() {
        User alice = service.user();
        User bob = service.user();
        User carol = service.user();
        String thread = service.thread(alice, bob);
        pass(3_000);
        String message = service.message(alice, thread, "x");
        String then = lastMessageReceivedOn(alice, thread);
        assertThat(then)
                .isEqualTo(Instant.ofEpochSecond(Long.parseLong(message) / 1000).toString());
        pass(3_000);

        service.post(alice, "/chat/threads/" + thread + "/participants/:remove", TestService.identifier(bob));
        assertThat(lastMessageReceivedOn(alice, thread)).isEqualTo(then);

        service.post(
                alice,
                "/chat/threads/" + thread + "/participants/:add",
                "{\"participants\":[" + TestService.participant(carol) + "]}");
        assertThat(lastMessageReceivedOn(alice, thread)).isGreaterThan(then);
    }

    @Test
    void edits_and_deletes_do_not_move_a_thread() {
        User alice = service.user();
        String thread = service.thread(alice);
        String path = "/chat/threads/" + thread + "/messages/" + service.message(alice, thread, "x");
        String then = lastMessageReceivedOn(alice, thread);
        pass(3_000);

        service.call(alice, "PATCH", path, "{\"content\":\"y\"}");
        service.call(alice, "DELETE", path, null);

        assertThat(lastMessageReceivedOn(alice, thread)).isEqualTo(then);
    }

    @Test
    void deleted_thread_is_listed_for_nine_days() {
        User alice = service.user();
        String thread = service.thread(alice);
        String then = lastMessageReceivedOn(alice, thread);
        pass(101_000);
        service.call(alice, "DELETE", "/chat/threads/" + thread, null);

        pass(Duration.ofDays(9).toMillis() - 1);
        User later = service.tokenFor(alice.id(), "chat");
        Answer list = service.get(later, "/chat/threads");
        assertThat(ids(list)).containsExactly(thread);
        assertThat(list.text("value.0.deletedOn"))
                .isEqualTo(Instant.parse(then).plusSeconds(101).toString());
        assertThat(list.text("value.0.lastMessageReceivedOn")).isEqualTo(then);

        pass(1);
        assertThat(ids(service.get(later, "/chat/threads"))).isEmpty();
    }
}
