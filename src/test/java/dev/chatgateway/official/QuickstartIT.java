package dev.chatgateway.official;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.azure.communication.chat.ChatClient;
import com.azure.communication.chat.ChatThreadClient;
import com.azure.communication.chat.models.ChatMessage;
import com.azure.communication.chat.models.ChatMessageType;
import com.azure.communication.chat.models.ChatParticipant;
import com.azure.communication.chat.models.ChatThreadItem;
import com.azure.communication.chat.models.CreateChatThreadOptions;
import com.azure.communication.chat.models.CreateChatThreadResult;
import com.azure.communication.chat.models.ListChatMessagesOptions;
import com.azure.communication.chat.models.ListChatThreadsOptions;
import com.azure.communication.chat.models.ListReadReceiptOptions;
import com.azure.communication.chat.models.SendChatMessageOptions;
import com.azure.communication.chat.models.UpdateChatMessageOptions;
import com.azure.core.http.rest.PagedResponse;
import com.azure.core.util.Context;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The steps of the Python quickstart, in their order, with the Java client. */
@OfficialClients
class QuickstartIT {
    private final OfficialUser me;
    private final OfficialUser fromTheIdentityClient;
    private final ChatClient chatClient;

    QuickstartIT(OfficialTarget target) {
        me = OfficialUser.create(target);
        fromTheIdentityClient = OfficialUser.create(target);
        chatClient = me.chat();
    }

    @Test
    void every_step_of_the_quickstart() {
        ChatThreadClient thread = createAndFind();
        findInPages(thread.getChatThreadId());
        String messageId = sendAndReadMessages(thread);
        changeTopicAndMessage(thread, messageId);
        receiptsAndTyping(thread, messageId);
        deleteMessage(thread, messageId);
        participants(thread);
        deleteThread(thread.getChatThreadId());
    }

    private ChatThreadClient createAndFind() {
        String withoutParticipants = chatClient
                .createChatThread(new CreateChatThreadOptions("test topic"))
                .getChatThread()
                .getId();
        assertThat(chatClient.getChatThreadClient(withoutParticipants).listParticipants())
                .hasSize(1);

        String requestId = UUID.randomUUID().toString();
        CreateChatThreadOptions options = new CreateChatThreadOptions("test topic")
                .setIdempotencyToken(requestId)
                .addParticipant(fromTheIdentityClient
                        .participant("Fred Flintstone")
                        .setShareHistoryTime(OffsetDateTime.now(ZoneOffset.UTC)));
        CreateChatThreadResult created = chatClient.createChatThread(options);
        assertThat(chatClient.createChatThread(options).getChatThread().getId())
                .isEqualTo(created.getChatThread().getId());

        ChatThreadClient thread =
                chatClient.getChatThreadClient(created.getChatThread().getId());
        assertThat(thread.getProperties().getId()).isEqualTo(thread.getChatThreadId());
        assertThat(thread.getProperties().getTopic()).isEqualTo("test topic");
        return thread;
    }

    private void findInPages(String threadId) {
        ListChatThreadsOptions options = new ListChatThreadsOptions()
                .setMaxPageSize(5)
                .setStartTime(OffsetDateTime.now(ZoneOffset.UTC).minusDays(2));
        List<String> found = new ArrayList<>();
        for (PagedResponse<ChatThreadItem> page :
                chatClient.listChatThreads(options, Context.NONE).iterableByPage()) {
            page.getValue().forEach(item -> found.add(item.getId()));
        }

        assertThat(found).hasSize(2).contains(threadId);
    }

    private String sendAndReadMessages(ChatThreadClient thread) {
        SendChatMessageOptions options = new SendChatMessageOptions()
                .setContent("hello world")
                .setSenderDisplayName("sender name")
                .setType(ChatMessageType.TEXT);
        String first = thread.sendMessage(options).getId();
        String second = thread.sendMessage(
                        options.setContent("<b>hello</b>").setType(ChatMessageType.fromString("html")))
                .getId();

        ChatMessage read = thread.getMessage(first);
        assertThat(read.getContent().getMessage()).isEqualTo("hello world");
        assertThat(read.getSenderDisplayName()).isEqualTo("sender name");
        ListChatMessagesOptions oneByOne = new ListChatMessagesOptions()
                .setMaxPageSize(1)
                .setStartTime(OffsetDateTime.now(ZoneOffset.UTC).minusDays(1));
        assertThat(thread.listMessages(oneByOne, Context.NONE))
                .extracting(ChatMessage::getId, ChatMessage::getType)
                .startsWith(tuple(second, ChatMessageType.HTML), tuple(first, ChatMessageType.TEXT))
                .hasSize(4);
        return first;
    }

    private void changeTopicAndMessage(ChatThreadClient thread, String messageId) {
        thread.updateTopic("updated topic");
        assertThat(thread.getProperties().getTopic()).isEqualTo("updated topic");

        thread.updateMessage(messageId, new UpdateChatMessageOptions().setContent("updated message content"));
        ChatMessage updated = thread.getMessage(messageId);
        assertThat(updated.getContent().getMessage()).isEqualTo("updated message content");
        assertThat(updated.getEditedOn()).isAfterOrEqualTo(updated.getCreatedOn());
        assertThat(updated.getDeletedOn()).isNull();
    }

    private void receiptsAndTyping(ChatThreadClient thread, String messageId) {
        thread.sendReadReceipt(messageId);
        ListReadReceiptOptions options =
                new ListReadReceiptOptions().setMaxPageSize(5).setSkip(0);
        assertThat(thread.listReadReceipts(options, Context.NONE))
                .singleElement()
                .satisfies(receipt -> {
                    assertThat(receipt.getSender()).isEqualTo(me.id());
                    assertThat(receipt.getChatMessageId()).isEqualTo(messageId);
                    assertThat(receipt.getReadOn()).isNotNull();
                });
        thread.sendTypingNotification();
    }

    private void deleteMessage(ChatThreadClient thread, String messageId) {
        thread.deleteMessage(messageId);

        assertThat(thread.getMessage(messageId).getDeletedOn()).isNotNull();
    }

    private void participants(ChatThreadClient thread) {
        OfficialUser one = OfficialUser.create(me.target());
        OfficialUser two = OfficialUser.create(me.target());
        OffsetDateTime now = OffsetDateTime.now(ZoneOffset.UTC);
        thread.addParticipant(one.participant("Wilma").setShareHistoryTime(now));
        assertThat(thread.addParticipants(List.of(one.participant("Wilma"), two.participant("Barney")))
                        .getInvalidParticipants())
                .isNullOrEmpty();
        assertThat(thread.listParticipants())
                .extracting(ChatParticipant::getDisplayName)
                .containsExactlyInAnyOrder(null, "Fred Flintstone", "Wilma", "Barney");

        thread.removeParticipant(one.id());
        assertThat(thread.listParticipants())
                .extracting(ChatParticipant::getCommunicationIdentifier)
                .containsExactlyInAnyOrder(me.id(), fromTheIdentityClient.id(), two.id());
    }

    private void deleteThread(String threadId) {
        chatClient.deleteChatThread(threadId);

        assertThat(chatClient.listChatThreads().stream().filter(item -> item.getDeletedOn() == null))
                .noneMatch(item -> item.getId().equals(threadId));
    }
}
