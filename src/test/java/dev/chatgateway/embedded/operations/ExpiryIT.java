package dev.chatgateway.embedded.operations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.embedded.ServiceFixture;
import dev.chatgateway.embedded.ServiceFixture.Storage;
import dev.chatgateway.embedded.TestService;
import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Expiry of retention policies, tombstones and repeatability ids. */
@ParameterizedClass
@EnumSource(Storage.class)
class ExpiryIT {
    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.clocked(false);

    private final TestService service;

    ExpiryIT(Storage storage) {
        this.service = FIXTURE.on(storage);
    }

    private static void pass(Duration time) {
        FIXTURE.clock().advance(time);
    }

    private String create(User user, String policy) {
        return "/chat/threads/"
                + service.post(user, "/chat/threads", "{\"topic\":\"x\",\"retentionPolicy\":" + policy + "}")
                        .text("chatThread.id");
    }

    private static String days(int days) {
        return "{\"kind\":\"threadCreationDate\",\"deleteThreadAfterDays\":" + days + "}";
    }

    @Test
    void thread_deleted_by_policy_stays_listed() {
        User alice = service.user();
        String ending = create(alice, days(30));
        String kept = create(alice, days(30));
        String moved = create(alice, days(30));
        service.call(alice, "PATCH", kept, "{\"retentionPolicy\":{\"kind\":\"none\"}}");
        service.call(alice, "PATCH", moved, "{\"retentionPolicy\":" + days(31) + "}");

        pass(Duration.ofDays(30).minusSeconds(1));
        User again = service.tokenFor(alice.id(), "chat");
        assertThat(service.get(again, ending).status()).isEqualTo(200);
        pass(Duration.ofSeconds(1));
        assertThat(service.get(again, ending).status()).isEqualTo(404);
        assertThat(service.get(again, kept).status()).isEqualTo(200);
        assertThat(service.get(again, moved).status()).isEqualTo(200);
        assertThat(service.get(again, "/chat/threads").json().path("value")).hasSize(3);

        pass(Duration.ofDays(9).plusHours(1));
        User later = service.tokenFor(alice.id(), "chat");
        assertThat(service.get(later, moved).status()).isEqualTo(404);
        assertThat(service.get(later, kept).status()).isEqualTo(200);
        assertThat(service.get(later, "/chat/threads").json().path("value"))
                .as("kept, and moved in the list by deletedOn")
                .hasSize(2);
    }

    @Test
    void policies_out_of_range_are_refused() {
        User alice = service.user();
        for (String policy : new String[] {
            days(29), days(91), "{\"kind\":\"threadCreationDate\"}", "{\"kind\":\"forever\"}", "{}", "7"
        }) {
            Answer answer =
                    service.post(alice, "/chat/threads", "{\"topic\":\"x\",\"retentionPolicy\":" + policy + "}");
            assertThat(answer.status()).as(policy).isEqualTo(400);
        }
    }

    @Test
    void repeatability_id_is_remembered_for_a_day() {
        User alice = service.user();
        String first = repeat(alice);
        pass(Duration.ofHours(23));
        assertThat(repeat(alice)).isEqualTo(first);
        pass(Duration.ofHours(1));
        assertThat(repeat(service.tokenFor(alice.id(), "chat"))).isNotEqualTo(first);
    }

    private String repeat(User user) {
        return service.send(TestService.request(service.uri("/chat/threads"), "POST", "{\"topic\":\"x\"}")
                        .header("Authorization", "Bearer " + user.token())
                        .header("repeatability-request-id", "same")
                        .build())
                .text("chatThread.id");
    }
}
