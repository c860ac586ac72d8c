package dev.chatgateway.official;

import static dev.chatgateway.official.Async.await;
import static dev.chatgateway.official.Async.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.azure.communication.chat.ChatThreadAsyncClient;
import com.azure.communication.chat.ChatThreadClient;
import com.azure.communication.chat.models.ChatMessageReadReceipt;
import com.azure.communication.chat.models.ListReadReceiptOptions;
import com.azure.communication.chat.models.SendChatMessageOptions;
import com.azure.communication.chat.models.TypingNotificationOptions;
import com.azure.core.util.Context;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Receipts and typing through both thread clients 1.4.0 (docs/service-reference.md, Read receipts and typing). */
@OfficialClients
class ReceiptClientIT {
    private final OfficialUser alice;
    private final OfficialUser bob;
    private final String threadId;
    private final ChatThreadClient sync;
    private final ChatThreadAsyncClient async;

    ReceiptClientIT(OfficialTarget target) {
        alice = OfficialUser.create(target);
        bob = OfficialUser.create(target);
        threadId = alice.createThread("receipts", bob);
        sync = bob.thread(threadId);
        async = bob.threadAsync(threadId);
    }

    @Test
    void a_receipt_moves_forward_and_is_one_row_per_reader() {
        List<String> ids = List.of(send("1"), send("2"), send("3"), send("4"));

        sync.sendReadReceipt(ids.get(0));
        assertRow(bob, ids.get(0));
        assertThat(sync.sendReadReceiptWithResponse(ids.get(1), Context.NONE).getStatusCode())
                .isEqualTo(200);
        assertRow(bob, ids.get(1));
        done(async.sendReadReceipt(ids.get(2)));
        assertRow(bob, ids.get(2));
        assertThat(await(async.sendReadReceiptWithResponse(ids.get(3))).getStatusCode())
                .isEqualTo(200);
        assertRow(bob, ids.get(3));

        sync.sendReadReceipt(ids.get(0));
        assertRow(bob, ids.get(3));
    }

    @Test
    void receipts_are_listed_and_skipped() {
        String id = send("read by both");
        sync.sendReadReceipt(id);
        alice.thread(threadId).sendReadReceipt(id);
        ListReadReceiptOptions skipOne =
                new ListReadReceiptOptions().setMaxPageSize(5).setSkip(1);

        assertThat(Async.all(async.listReadReceipts()))
                .extracting(ChatMessageReadReceipt::getSender)
                .containsExactlyInAnyOrder(alice.id(), bob.id());
        assertThat(sync.listReadReceipts(skipOne, Context.NONE)).hasSize(1);
        assertThat(Async.all(async.listReadReceipts(skipOne.setSkip(0)))).hasSize(2);
    }

    @Test
    void typing_is_accepted_with_and_without_a_name() {
        TypingNotificationOptions named = new TypingNotificationOptions().setSenderDisplayName("Bob");

        sync.sendTypingNotification();
        assertThat(sync.sendTypingNotificationWithResponse(Context.NONE).getStatusCode())
                .isEqualTo(200);
        assertThat(sync.sendTypingNotificationWithResponse(named, Context.NONE).getStatusCode())
                .isEqualTo(200);
        done(async.sendTypingNotification());
        assertThat(await(async.sendTypingNotificationWithResponse()).getStatusCode())
                .isEqualTo(200);
        assertThat(await(async.sendTypingNotificationWithResponse(named)).getStatusCode())
                .isEqualTo(200);
    }

    private String send(String content) {
        return alice.thread(threadId)
                .sendMessage(new SendChatMessageOptions().setContent(content))
                .getId();
    }

    private void assertRow(OfficialUser reader, String messageId) {
        assertThat(alice.thread(threadId).listReadReceipts()).singleElement().satisfies(receipt -> {
            assertThat(receipt.getSender()).isEqualTo(reader.id());
            assertThat(receipt.getChatMessageId()).isEqualTo(messageId);
            assertThat(receipt.getReadOn()).isCloseTo(OffsetDateTime.now(), within(2, ChronoUnit.MINUTES));
        });
    }
}
