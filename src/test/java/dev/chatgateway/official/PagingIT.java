package dev.chatgateway.official;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.communication.chat.ChatThreadAsyncClient;
import com.azure.communication.chat.ChatThreadClient;
import com.azure.communication.chat.models.ChatMessage;
import com.azure.communication.chat.models.ChatMessageReadReceipt;
import com.azure.communication.chat.models.ChatParticipant;
import com.azure.communication.chat.models.ChatThreadItem;
import com.azure.communication.chat.models.ListChatMessagesOptions;
import com.azure.communication.chat.models.ListChatThreadsOptions;
import com.azure.communication.chat.models.ListParticipantsOptions;
import com.azure.communication.chat.models.ListReadReceiptOptions;
import com.azure.communication.chat.models.SendChatMessageOptions;
import com.azure.core.http.rest.PagedFlux;
import com.azure.core.http.rest.PagedIterable;
import com.azure.core.http.rest.PagedResponse;
import com.azure.core.util.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of all four lists, from the start and from a continuation token, synchronous and asynchronous. */
@OfficialClients
class PagingIT {
    private final OfficialTarget target;
    private final OfficialUser alice;
    private final OfficialUser bob;
    private final OfficialUser carol;

    PagingIT(OfficialTarget target) {
        this.target = target;
        alice = OfficialUser.create(target);
        bob = OfficialUser.create(target);
        carol = OfficialUser.create(target);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 6, 200})
    void messages(int size) {
        String threadId = alice.createThread("pages", bob);
        for (int i = 0; i < 4; i++) {
            alice.thread(threadId).sendMessage(new SendChatMessageOptions().setContent("message " + i));
        }
        ChatThreadClient sync = bob.thread(threadId);
        ChatThreadAsyncClient async = bob.threadAsync(threadId);
        ListChatMessagesOptions options = new ListChatMessagesOptions().setMaxPageSize(size);

        List<String> all = sync.listMessages().stream().map(ChatMessage::getId).toList();
        assertThat(all).hasSize(6).doesNotHaveDuplicates();
        assertPages(sync.listMessages(options, Context.NONE), ChatMessage::getId, size, all);
        assertPages(async.listMessages(options), ChatMessage::getId, size, all);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 200})
    void threads(int size) {
        for (int i = 0; i < 3; i++) {
            alice.createThread("thread " + i, bob);
        }
        ListChatThreadsOptions options = new ListChatThreadsOptions().setMaxPageSize(size);

        List<String> all =
                bob.chat().listChatThreads().stream().map(ChatThreadItem::getId).toList();
        assertThat(all).hasSize(3).doesNotHaveDuplicates();
        assertPages(bob.chat().listChatThreads(options, Context.NONE), ChatThreadItem::getId, size, all);
        assertPages(bob.chatAsync().listChatThreads(options), ChatThreadItem::getId, size, all);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 200})
    void participants(int size) {
        String threadId = alice.createThread("pages", bob, carol);
        ListParticipantsOptions options = new ListParticipantsOptions().setMaxPageSize(size);
        Function<ChatParticipant, String> id =
                participant -> participant.getCommunicationIdentifier().getRawId();

        List<String> all =
                bob.thread(threadId).listParticipants().stream().map(id).toList();
        assertThat(all).hasSize(3).doesNotHaveDuplicates();
        assertPages(bob.thread(threadId).listParticipants(options, Context.NONE), id, size, all);
        assertPages(bob.threadAsync(threadId).listParticipants(options), id, size, all);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 200})
    void receipts(int size) {
        String threadId = alice.createThread("pages", bob, carol);
        String read = alice.thread(threadId)
                .sendMessage(new SendChatMessageOptions().setContent("read"))
                .getId();
        for (OfficialUser reader : List.of(alice, bob, carol)) {
            reader.thread(threadId).sendReadReceipt(read);
        }
        ListReadReceiptOptions options = new ListReadReceiptOptions().setMaxPageSize(size);
        Function<ChatMessageReadReceipt, String> id =
                receipt -> receipt.getSender().getRawId();

        List<String> all =
                bob.thread(threadId).listReadReceipts().stream().map(id).toList();
        assertThat(all).hasSize(3).doesNotHaveDuplicates();
        assertPages(bob.thread(threadId).listReadReceipts(options, Context.NONE), id, size, all);
        assertPages(bob.threadAsync(threadId).listReadReceipts(options), id, size, all);
    }

    @Test
    void paging_goes_on_where_it_was_while_messages_arrive() {
        String threadId = alice.createThread("pages", bob);
        for (int i = 0; i < 4; i++) {
            alice.thread(threadId).sendMessage(new SendChatMessageOptions().setContent("message " + i));
        }
        ListChatMessagesOptions options = new ListChatMessagesOptions().setMaxPageSize(2);
        List<String> all = bob.thread(threadId).listMessages().stream()
                .map(ChatMessage::getId)
                .toList();

        List<String> seen = new ArrayList<>();
        for (PagedResponse<ChatMessage> page :
                bob.thread(threadId).listMessages(options, Context.NONE).iterableByPage()) {
            page.getValue().forEach(message -> seen.add(message.getId()));
            alice.thread(threadId).sendMessage(new SendChatMessageOptions().setContent("meanwhile"));
        }

        assertThat(seen).isEqualTo(all);
    }

    private <T> void assertPages(PagedIterable<T> list, Function<T, String> id, int size, List<String> expected) {
        List<PagedResponse<T>> pages = list.streamByPage().toList();
        assertShape(pages, id, size, expected);
        for (int i = 0; i < pages.size() - 1; i++) {
            assertThat(list.streamByPage(pages.get(i).getContinuationToken()).flatMap(p -> p.getValue().stream()))
                    .extracting(id)
                    .isEqualTo(rest(pages, i, id));
        }
    }

    private <T> void assertPages(PagedFlux<T> list, Function<T, String> id, int size, List<String> expected) {
        List<PagedResponse<T>> pages = Async.pages(list);
        assertShape(pages, id, size, expected);
        String token = pages.get(0).getContinuationToken();
        if (token != null) {
            List<PagedResponse<T>> resumed = Async.await(list.byPage(token).collectList());
            assertThat(ids(resumed, id)).isEqualTo(rest(pages, 0, id));
        }
    }

    /** The last page has no link, also when it is full. */
    private <T> void assertShape(
            List<PagedResponse<T>> pages, Function<T, String> id, int size, List<String> expected) {
        assertThat(ids(pages, id)).isEqualTo(expected);
        assertThat(pages).hasSize((expected.size() + size - 1) / size);
        for (PagedResponse<T> page : pages.subList(0, pages.size() - 1)) {
            assertThat(page.getStatusCode()).isEqualTo(200);
            assertThat(page.getValue()).hasSize(size);
            assertThat(page.getContinuationToken())
                    .startsWith(target.chatEndpoint() + "/chat/threads")
                    .contains("api-version=")
                    .contains("maxPageSize=" + size);
        }
        assertThat(pages.get(pages.size() - 1).getContinuationToken()).isNull();
    }

    private static <T> List<String> rest(List<PagedResponse<T>> pages, int after, Function<T, String> id) {
        return ids(pages.subList(after + 1, pages.size()), id);
    }

    private static <T> List<String> ids(List<PagedResponse<T>> pages, Function<T, String> id) {
        return pages.stream().flatMap(page -> page.getValue().stream()).map(id).toList();
    }
}
