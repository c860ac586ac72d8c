package dev.chatgateway.embedded.operations;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.embedded.ServiceFixture;
import dev.chatgateway.embedded.ServiceFixture.Storage;
import dev.chatgateway.embedded.TestService;
import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Read receipt and typing operations over HTTP. */
@ParameterizedClass
@EnumSource(Storage.class)
class ReceiptOperationsIT {
    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.plain();

    private final TestService service;

    ReceiptOperationsIT(Storage storage) {
        this.service = FIXTURE.on(storage);
    }

    private Answer read(User user, String thread, String message) {
        return service.post(
                user, "/chat/threads/" + thread + "/readReceipts", "{\"chatMessageId\":\"" + message + "\"}");
    }

    private JsonNode receipts(User user, String thread) {
        return service.get(user, "/chat/threads/" + thread + "/readReceipts")
                .json()
                .path("value");
    }

    @Test
    void user_has_one_receipt_that_never_goes_back() {
        User alice = service.user();
        User bob = service.user();
        String thread = service.thread(alice, bob);
        String first = service.message(alice, thread, "1");
        String second = service.message(alice, thread, "2");

        Answer sent = read(bob, thread, second);
        assertThat(sent.status()).isEqualTo(200);
        assertThat(sent.body()).isEmpty();
        JsonNode before = receipts(alice, thread);
        assertThat(read(bob, thread, first).status()).isEqualTo(200);
        assertThat(read(alice, thread, first).status()).isEqualTo(200);

        assertThat(receipts(alice, thread)).hasSize(2);
        assertThat(receipts(alice, thread).get(0)).isEqualTo(before.get(0));
        assertThat(before.at("/0/chatMessageId").asText()).isEqualTo(second);
        assertThat(before.at("/0/senderCommunicationIdentifier/rawId").asText()).isEqualTo(bob.id());
        assertThat(before.at("/0/readOn").asText()).matches("[0-9T:-]{19}Z");
        Answer page = service.get(alice, "/chat/threads/" + thread + "/readReceipts?maxPageSize=1&skip=1");
        assertThat(page.json().path("value")).hasSize(1);
        assertThat(page.json().has("nextLink")).isFalse();
    }

    @Test
    void a_receipt_needs_a_message() {
        User alice = service.user();
        String thread = service.thread(alice);

        assertThat(read(alice, thread, "1234567890123").status()).isEqualTo(404);
        assertThat(read(alice, thread, "../../x").status()).isEqualTo(404);
        assertThat(service.post(alice, "/chat/threads/" + thread + "/readReceipts", "{}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void typing_is_accepted_with_and_without_a_body() {
        User alice = service.user();
        String path = "/chat/threads/" + service.thread(alice) + "/typing";

        for (String body :
                new String[] {null, "{}", "{\"senderDisplayName\":\"Al\"}", "{\"senderDisplayName\":null}"}) {
            Answer typed = service.post(alice, path, body);
            assertThat(typed.status()).as(body).isEqualTo(200);
            assertThat(typed.body()).isEmpty();
        }
    }

    @Test
    void receipts_are_dropped_above_twenty_participants() {
        User alice = service.user();
        User[] others = IntStream.range(0, 20).mapToObj(i -> service.user()).toArray(User[]::new);
        String thread = service.thread(alice, others);
        String message = service.message(alice, thread, "1");

        assertThat(read(alice, thread, message).status()).isEqualTo(200);
        assertThat(receipts(alice, thread)).isEmpty();
        assertThat(service.post(alice, "/chat/threads/" + thread + "/typing", null)
                        .status())
                .isEqualTo(200);
    }
}
