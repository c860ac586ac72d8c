package dev.chatgateway.official;

import static dev.chatgateway.official.Async.await;
import static dev.chatgateway.official.Async.done;
import static dev.chatgateway.official.Errors.assertChatError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.azure.communication.chat.ChatThreadAsyncClient;
import com.azure.communication.chat.ChatThreadClient;
import com.azure.communication.chat.models.ChatMessage;
import com.azure.communication.chat.models.ChatMessageType;
import com.azure.communication.chat.models.ListChatMessagesOptions;
import com.azure.communication.chat.models.SendChatMessageOptions;
import com.azure.communication.chat.models.SendChatMessageResult;
import com.azure.communication.chat.models.UpdateChatMessageOptions;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.rest.Response;
import com.azure.core.util.Context;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Messages through both thread clients 1.4.0 (docs/service-reference.md, Operations and Messages). */
@OfficialClients
class MessageClientIT {
    private final OfficialUser alice;
    private final OfficialUser bob;
    private final String threadId;
    private final ChatThreadClient sync;
    private final ChatThreadAsyncClient async;

    MessageClientIT(OfficialTarget target) {
        alice = OfficialUser.create(target);
        bob = OfficialUser.create(target);
        threadId = alice.createThread("messages", bob);
        sync = alice.thread(threadId);
        async = alice.threadAsync(threadId);
    }

    @Test
    void a_message_is_read_back_as_it_was_sent() {
        SendChatMessageOptions options = new SendChatMessageOptions()
                .setContent("Grüße, 世界 \uD83D\uDEA2")
                .setSenderDisplayName("Alice")
                .setType(ChatMessageType.TEXT)
                .setMetadata(Map.of("deliveryMode", "deferred", "tag", "a=b"));
        String id = sync.sendMessage(options).getId();

        ChatMessage read = bob.thread(threadId).getMessage(id);
        assertThat(id).matches("\\d{13}");
        assertThat(read.getId()).isEqualTo(id);
        assertThat(read.getVersion()).isEqualTo(id);
        assertThat(read.getType()).isEqualTo(ChatMessageType.TEXT);
        assertThat(read.getContent().getMessage()).isEqualTo(options.getContent());
        assertThat(read.getSender()).isEqualTo(alice.id());
        assertThat(read.getSenderDisplayName()).isEqualTo("Alice");
        assertThat(read.getMetadata()).isEqualTo(options.getMetadata());
        assertThat(read.getCreatedOn()).isCloseTo(OffsetDateTime.now(), within(2, ChronoUnit.MINUTES));
        assertThat(read.getCreatedOn().toEpochSecond()).isEqualTo(Long.parseLong(id) / 1000);
        assertThat(read.getCreatedOn().getNano()).isZero();
        assertThat(read.getEditedOn()).isNull();
        assertThat(read.getDeletedOn()).isNull();
    }

    @Test
    void sending_answers_201_with_the_location_of_the_message() {
        Response<SendChatMessageResult> first = sync.sendMessageWithResponse(text("one"), Context.NONE);
        Response<SendChatMessageResult> second = await(async.sendMessageWithResponse(text("two")));

        for (Response<SendChatMessageResult> response : List.of(first, second)) {
            assertThat(response.getStatusCode()).isEqualTo(201);
            assertThat(response.getHeaders().getValue(HttpHeaderName.LOCATION))
                    .startsWith(alice.target().chatEndpoint() + "/chat/threads/19%3A")
                    .endsWith("@thread.v2/messages/" + response.getValue().getId());
        }
    }

    @Test
    void html_is_sanitised_and_text_is_not_touched() {
        String html = "<p>Hi <b>there</b></p><script>alert(1)</script>";
        String asHtml =
                sync.sendMessage(text(html).setType(ChatMessageType.HTML)).getId();
        String asText = sync.sendMessage(text(html)).getId();

        ChatMessage read = sync.getMessageWithResponse(asHtml, Context.NONE).getValue();
        assertThat(read.getType()).isEqualTo(ChatMessageType.HTML);
        assertThat(read.getContent().getMessage()).contains("<b>there</b>").doesNotContain("script", "alert");
        assertThat(await(async.getMessage(asText)).getContent().getMessage()).isEqualTo(html);
    }

    @Test
    void an_edit_changes_content_and_metadata_and_raises_the_version() {
        String id = await(async.sendMessage(text("one").setMetadata(Map.of("k", "1"))))
                .getId();

        sync.updateMessage(id, new UpdateChatMessageOptions().setContent("two"));
        ChatMessage content = sync.getMessage(id);
        assertThat(content.getContent().getMessage()).isEqualTo("two");
        assertThat(content.getMetadata()).containsEntry("k", "1");
        assertEdited(content, Long.parseLong(id));

        UpdateChatMessageOptions metadata = new UpdateChatMessageOptions().setMetadata(Map.of("k", "2"));
        assertThat(sync.updateMessageWithResponse(id, metadata, Context.NONE).getStatusCode())
                .isEqualTo(204);
        ChatMessage tagged = await(async.getMessageWithResponse(id)).getValue();
        assertThat(tagged.getContent().getMessage()).isEqualTo("two");
        assertThat(tagged.getMetadata()).containsEntry("k", "2");
        assertEdited(tagged, Long.parseLong(content.getVersion()));

        done(async.updateMessage(id, new UpdateChatMessageOptions().setContent("three")));
        UpdateChatMessageOptions both =
                new UpdateChatMessageOptions().setContent("four").setMetadata(Map.of("k", "4"));
        assertThat(await(async.updateMessageWithResponse(id, both)).getStatusCode())
                .isEqualTo(204);
        ChatMessage last = sync.getMessage(id);
        assertThat(last.getContent().getMessage()).isEqualTo("four");
        assertThat(last.getMetadata()).containsEntry("k", "4");
        assertEdited(last, Long.parseLong(tagged.getVersion()));
        assertThat(sync.listMessages().stream().filter(m -> m.getId().equals(id)))
                .hasSize(1);
    }

    @Test
    void a_deleted_message_stays_without_content() {
        String one = sync.sendMessage(text("one").setMetadata(Map.of("k", "v"))).getId();
        String two = sync.sendMessage(text("two")).getId();
        String three = sync.sendMessage(text("three")).getId();
        String four = sync.sendMessage(text("four")).getId();
        sync.deleteMessage(one);
        assertThat(sync.deleteMessageWithResponse(two, Context.NONE).getStatusCode())
                .isEqualTo(204);
        done(async.deleteMessage(three));
        assertThat(await(async.deleteMessageWithResponse(four)).getStatusCode()).isEqualTo(204);

        List<ChatMessage> listed = bob.thread(threadId).listMessages().stream()
                .filter(m -> ChatMessageType.TEXT.equals(m.getType()))
                .toList();
        assertThat(listed).extracting(ChatMessage::getId).containsExactly(four, three, two, one);
        assertThat(listed).allSatisfy(m -> {
            assertThat(m.getDeletedOn()).isNotNull();
            assertThat(m.getContent().getMessage()).isEmpty();
            assertThat(m.getMetadata()).isNullOrEmpty();
            assertThat(Long.parseLong(m.getVersion())).isGreaterThan(Long.parseLong(m.getId()));
        });
        assertThat(sync.getMessage(one).getDeletedOn()).isNotNull();
        assertThat(sync.deleteMessageWithResponse(one, Context.NONE).getStatusCode())
                .isEqualTo(204);
        assertChatError(() -> sync.updateMessage(one, edit("again")), 404, "NotFound");
    }

    @Test
    void only_the_sender_edits_and_deletes() {
        String id = sync.sendMessage(text("mine")).getId();

        assertChatError(() -> bob.thread(threadId).updateMessage(id, edit("yours")), 403, "Forbidden");
        assertChatError(() -> bob.thread(threadId).deleteMessage(id), 403, "Forbidden");
        assertThat(sync.getMessage(id).getContent().getMessage()).isEqualTo("mine");
    }

    @Test
    void system_messages_are_nobodys_to_edit() {
        String id = sync.listMessages().stream()
                .filter(m -> ChatMessageType.TOPIC_UPDATED.equals(m.getType()))
                .findFirst()
                .orElseThrow()
                .getId();

        assertChatError(() -> sync.updateMessage(id, edit("mine")), 403, "Forbidden");
    }

    @Test
    void messages_are_listed_newest_first_down_to_the_two_of_the_creation() {
        String one = sync.sendMessage(text("one")).getId();
        String two = sync.sendMessage(text("two")).getId();

        List<ChatMessage> listed = Async.all(async.listMessages());
        assertThat(listed)
                .extracting(ChatMessage::getType)
                .containsExactly(
                        ChatMessageType.TEXT,
                        ChatMessageType.TEXT,
                        ChatMessageType.TOPIC_UPDATED,
                        ChatMessageType.PARTICIPANT_ADDED);
        assertThat(listed).extracting(ChatMessage::getId).startsWith(two, one);
        assertThat(listed.get(2).getContent().getTopic()).isEqualTo("messages");
        assertThat(listed.get(3).getContent().getInitiator()).isEqualTo(alice.id());
        assertThat(listed.get(3).getContent().getParticipants())
                .extracting(p -> p.getCommunicationIdentifier())
                .containsExactlyInAnyOrder(alice.id(), bob.id());
    }

    @Test
    void a_start_time_is_the_lower_bound() {
        sync.sendMessage(text("one"));
        OffsetDateTime later = OffsetDateTime.now().plusHours(1);
        OffsetDateTime earlier = OffsetDateTime.now().minusHours(1);

        assertThat(sync.listMessages(new ListChatMessagesOptions().setStartTime(later), Context.NONE))
                .isEmpty();
        assertThat(sync.listMessages(new ListChatMessagesOptions().setStartTime(earlier), Context.NONE))
                .hasSize(3);
        assertThat(Async.all(async.listMessages(
                        new ListChatMessagesOptions().setStartTime(earlier).setMaxPageSize(2))))
                .hasSize(3);
    }

    private static void assertEdited(ChatMessage message, long versionBefore) {
        assertThat(message.getEditedOn()).isAfterOrEqualTo(message.getCreatedOn());
        assertThat(Long.parseLong(message.getVersion())).isGreaterThan(versionBefore);
        assertThat(message.getCreatedOn().toEpochSecond()).isEqualTo(Long.parseLong(message.getId()) / 1000);
    }

    private static SendChatMessageOptions text(String content) {
        return new SendChatMessageOptions().setContent(content);
    }

    private static UpdateChatMessageOptions edit(String content) {
        return new UpdateChatMessageOptions().setContent(content);
    }
}
