package dev.chatgateway.official;

import static dev.chatgateway.official.Async.await;
import static dev.chatgateway.official.Async.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.communication.chat.ChatThreadClient;
import com.azure.communication.chat.models.ChatError;
import com.azure.communication.chat.models.ChatParticipant;
import com.azure.communication.chat.models.ChatThreadProperties;
import com.azure.communication.chat.models.CreateChatThreadOptions;
import com.azure.communication.chat.models.CreateChatThreadResult;
import com.azure.communication.chat.models.InvalidParticipantException;
import com.azure.communication.common.CommunicationUserIdentifier;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.rest.Response;
import com.azure.core.util.Context;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Repeated creates with one idempotency token, and calls that fail in part (docs/service-reference.md, Operations). */
@OfficialClients
class RepeatabilityIT {
    private final OfficialUser alice;
    private final OfficialUser bob;

    RepeatabilityIT(OfficialTarget target) {
        alice = OfficialUser.create(target);
        bob = OfficialUser.create(target);
    }

    @Test
    void the_same_token_gives_the_same_thread() {
        CreateChatThreadOptions options = new CreateChatThreadOptions("once")
                .setIdempotencyToken(UUID.randomUUID().toString());
        Response<CreateChatThreadResult> first = alice.chat().createChatThreadWithResponse(options, Context.NONE);
        Response<CreateChatThreadResult> again = await(alice.chatAsync().createChatThreadWithResponse(options));

        ChatThreadProperties thread = first.getValue().getChatThread();
        assertThat(again.getStatusCode()).isEqualTo(201);
        assertThat(again.getValue().getChatThread().getId()).isEqualTo(thread.getId());
        assertThat(again.getValue().getChatThread().getCreatedOn()).isEqualTo(thread.getCreatedOn());
        assertThat(again.getHeaders().getValue(HttpHeaderName.LOCATION))
                .isEqualTo(first.getHeaders().getValue(HttpHeaderName.LOCATION));
        assertThat(alice.chat().listChatThreads()).hasSize(1);
        assertThat(alice.thread(thread.getId()).listMessages()).hasSize(2);
    }

    @Test
    void another_token_or_another_user_gives_another_thread() {
        String token = UUID.randomUUID().toString();
        String alices = create(alice, token);

        assertThat(create(bob, token)).isNotEqualTo(alices);
        assertThat(create(alice, UUID.randomUUID().toString())).isNotEqualTo(alices);
        assertThat(create(alice, null)).isNotEqualTo(create(alice, null));
    }

    @Test
    void a_thread_is_created_without_the_participants_that_fail() {
        ChatParticipant unknown = unknownUser();
        CreateChatThreadResult result = alice.chat()
                .createChatThread(new CreateChatThreadOptions("partly")
                        .addParticipant(bob.participant())
                        .addParticipant(unknown));

        assertThat(result.getInvalidParticipants()).singleElement().satisfies(error -> assertInvalid(error, unknown));
        assertThat(alice.thread(result.getChatThread().getId()).listParticipants())
                .extracting(ChatParticipant::getCommunicationIdentifier)
                .containsExactlyInAnyOrder(alice.id(), bob.id());
    }

    @Test
    void of_those_added_only_the_failed_are_reported() {
        ChatThreadClient thread = alice.thread(alice.createThread("partly"));
        ChatParticipant unknown = unknownUser();

        assertThat(thread.addParticipants(List.of(bob.participant(), unknown)).getInvalidParticipants())
                .singleElement()
                .satisfies(error -> assertInvalid(error, unknown));
        assertThat(await(alice.threadAsync(thread.getChatThreadId()).addParticipants(List.of(unknown)))
                        .getInvalidParticipants())
                .hasSize(1);
        assertThat(thread.listParticipants())
                .extracting(ChatParticipant::getCommunicationIdentifier)
                .containsExactlyInAnyOrder(alice.id(), bob.id());
    }

    @Test
    void the_failure_of_a_single_participant_is_an_exception() {
        String id = alice.createThread("partly");
        ChatParticipant unknown = unknownUser();

        assertInvalid(() -> alice.thread(id).addParticipant(unknown), unknown);
        assertInvalid(() -> alice.thread(id).addParticipantWithResponse(unknown, Context.NONE), unknown);
        assertInvalid(() -> done(alice.threadAsync(id).addParticipant(unknown)), unknown);
        assertInvalid(() -> await(alice.threadAsync(id).addParticipantWithResponse(unknown)), unknown);
    }

    private static String create(OfficialUser user, @Nullable String token) {
        return user.chat()
                .createChatThread(new CreateChatThreadOptions("topic").setIdempotencyToken(token))
                .getChatThread()
                .getId();
    }

    /** A well-formed id of this resource that was never created. */
    private ChatParticipant unknownUser() {
        String resource = alice.id().getId().substring(0, alice.id().getId().indexOf('_'));
        return new ChatParticipant()
                .setCommunicationIdentifier(new CommunicationUserIdentifier(resource + "_" + UUID.randomUUID()));
    }

    private static void assertInvalid(ThrowingCallable call, ChatParticipant participant) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        InvalidParticipantException.class, e -> assertInvalid(e.getChatError(), participant));
    }

    private static void assertInvalid(ChatError error, ChatParticipant participant) {
        assertThat(error.getTarget())
                .isEqualTo(participant.getCommunicationIdentifier().getRawId());
        assertThat(error.getCode()).isEqualTo("404");
        assertThat(error.getMessage()).isNotBlank();
    }
}
