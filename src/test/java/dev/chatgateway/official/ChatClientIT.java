package dev.chatgateway.official;

import static dev.chatgateway.official.Async.await;
import static dev.chatgateway.official.Async.done;
import static dev.chatgateway.official.Errors.assertChatError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import com.azure.communication.chat.ChatClient;
import com.azure.communication.chat.ChatThreadClient;
import com.azure.communication.chat.ChatThreadClientBuilder;
import com.azure.communication.chat.models.ChatThreadItem;
import com.azure.communication.chat.models.ChatThreadProperties;
import com.azure.communication.chat.models.CreateChatThreadOptions;
import com.azure.communication.chat.models.CreateChatThreadResult;
import com.azure.communication.chat.models.ListChatThreadsOptions;
import com.azure.communication.chat.models.SendChatMessageOptions;
import com.azure.communication.common.CommunicationTokenCredential;
import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.rest.Response;
import com.azure.core.util.Context;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** ChatClient and ChatAsyncClient 1.4.0: create, list and delete threads (docs/service-reference.md, Operations). */
@OfficialClients
class ChatClientIT {
    private final OfficialUser alice;
    private final OfficialUser bob;

    ChatClientIT(OfficialTarget target) {
        alice = OfficialUser.create(target);
        bob = OfficialUser.create(target);
    }

    @Test
    void a_thread_is_created_with_its_creator_and_others_in_it() {
        CreateChatThreadResult result = alice.chat()
                .createChatThread(new CreateChatThreadOptions("Harbour").addParticipant(bob.participant("Bob")));

        assertThat(result.getInvalidParticipants()).isNullOrEmpty();
        assertProperties(result.getChatThread(), "Harbour");
        ChatThreadClient thread = bob.thread(result.getChatThread().getId());
        assertThat(thread.getChatThreadId()).isEqualTo(result.getChatThread().getId());
        assertProperties(thread.getProperties(), "Harbour");
        assertThat(thread.listParticipants())
                .extracting(p -> p.getCommunicationIdentifier().getRawId(), p -> p.getDisplayName())
                .containsExactlyInAnyOrder(
                        tuple(alice.id().getId(), null), tuple(bob.id().getId(), "Bob"));
    }

    @Test
    void creating_answers_201_with_an_absolute_location() {
        CreateChatThreadOptions options = new CreateChatThreadOptions("Harbour");
        Response<CreateChatThreadResult> sync = alice.chat().createChatThreadWithResponse(options, Context.NONE);
        Response<CreateChatThreadResult> async =
                await(alice.chatAsync().createChatThreadWithResponse(new CreateChatThreadOptions("Quay")));

        for (Response<CreateChatThreadResult> response : List.of(sync, async)) {
            assertThat(response.getStatusCode()).isEqualTo(201);
            String id = response.getValue().getChatThread().getId();
            assertThat(id).matches("19:[A-Za-z0-9_-]+@thread\\.v2");
            assertThat(response.getHeaders().getValue(HttpHeaderName.LOCATION))
                    .isEqualTo(alice.target().chatEndpoint() + "/chat/threads/" + id.replace(":", "%3A"));
        }
        assertThat(await(alice.chatAsync().createChatThread(new CreateChatThreadOptions("Pier")))
                        .getChatThread()
                        .getTopic())
                .isEqualTo("Pier");
    }

    @Test
    void threads_are_listed_with_the_latest_active_first() {
        String first = alice.createThread("first");
        pauseOneMillisecond();
        String second = alice.createThread("second");
        assertThat(alice.chat().listChatThreads())
                .extracting(ChatThreadItem::getId)
                .containsExactly(second, first);

        pauseOneMillisecond();
        alice.thread(first).sendMessage(new SendChatMessageOptions().setContent("moves it up"));
        List<ChatThreadItem> listed = Async.all(alice.chatAsync().listChatThreads());

        assertThat(listed).extracting(ChatThreadItem::getId).containsExactly(first, second);
        assertThat(listed).extracting(ChatThreadItem::getTopic).containsExactly("first", "second");
        assertThat(listed).allSatisfy(item -> {
            assertThat(item.getLastMessageReceivedOn()).isCloseTo(OffsetDateTime.now(), within(2, ChronoUnit.MINUTES));
            assertThat(item.getDeletedOn()).isNull();
        });
        assertThat(bob.chat().listChatThreads()).isEmpty();
    }

    @Test
    void a_start_time_leaves_out_threads_silent_since() {
        alice.createThread("silent");
        OffsetDateTime later = OffsetDateTime.now().plusHours(1);
        OffsetDateTime earlier = OffsetDateTime.now().minusHours(1);

        ListChatThreadsOptions after = new ListChatThreadsOptions().setStartTime(later);
        ListChatThreadsOptions before = new ListChatThreadsOptions().setStartTime(earlier);
        assertThat(alice.chat().listChatThreads(after, Context.NONE)).isEmpty();
        assertThat(alice.chat().listChatThreads(before, Context.NONE)).hasSize(1);
        assertThat(Async.all(alice.chatAsync().listChatThreads(after))).isEmpty();
        assertThat(Async.all(alice.chatAsync().listChatThreads(before))).hasSize(1);
    }

    @Test
    void a_deleted_thread_is_gone_for_all() {
        ChatClient chat = alice.chat();
        String plain = alice.createThread("plain", bob);
        String response = alice.createThread("response", bob);
        String async = alice.createThread("async", bob);
        String asyncResponse = alice.createThread("async response", bob);

        chat.deleteChatThread(plain);
        assertThat(chat.deleteChatThreadWithResponse(response, Context.NONE).getStatusCode())
                .isEqualTo(204);
        done(alice.chatAsync().deleteChatThread(async));
        assertThat(await(alice.chatAsync().deleteChatThreadWithResponse(asyncResponse))
                        .getStatusCode())
                .isEqualTo(204);

        for (String id : List.of(plain, response, async, asyncResponse)) {
            assertChatError(() -> bob.thread(id).listMessages().stream().count(), 404, "NotFound");
            assertChatError(
                    () -> bob.thread(id).sendMessage(new SendChatMessageOptions().setContent("late")), 404, "NotFound");
        }
        assertThat(bob.chat().listChatThreads().stream().filter(item -> item.getDeletedOn() == null))
                .isEmpty();
    }

    /** This builder alone has no default for the HTTP client. */
    @Test
    void a_thread_client_can_be_built_directly() {
        String id = alice.createThread("direct");
        ChatThreadClientBuilder builder = new ChatThreadClientBuilder()
                .endpoint(alice.target().chatEndpoint())
                .credential(new CommunicationTokenCredential(alice.token()))
                .httpClient(HttpClient.createDefault())
                .chatThreadId(id);

        assertThat(builder.buildClient().getProperties().getTopic()).isEqualTo("direct");
        assertThat(builder.buildAsyncClient().getChatThreadId()).isEqualTo(id);
        assertThat(await(builder.buildAsyncClient().getProperties()).getTopic()).isEqualTo("direct");
    }

    private void assertProperties(ChatThreadProperties properties, String topic) {
        assertThat(properties.getTopic()).isEqualTo(topic);
        assertThat(properties.getCreatedBy()).isEqualTo(alice.id());
        assertThat(properties.getCreatedOn()).isCloseTo(OffsetDateTime.now(), within(2, ChronoUnit.MINUTES));
    }

    /** The order of threads is by time in milliseconds: the next one must be in a later one. */
    private static void pauseOneMillisecond() {
        long started = System.currentTimeMillis();
        Awaitility.await()
                .pollInterval(1, TimeUnit.MILLISECONDS)
                .atMost(5, TimeUnit.SECONDS)
                .until(() -> System.currentTimeMillis() > started + 1);
    }
}
