package dev.chatgateway.upstream;

import static dev.chatgateway.upstream.EmbeddedFixture.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.upstream.client.WebChatService;
import dev.chatgateway.upstream.quota.RateWindows;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reading against the embedded service over TLS. */
class ThreadReaderTest {
    private static final Vertx VERTX = Vertx.vertx();

    @TempDir
    static Path directory;

    private static EmbeddedFixture embedded;
    private static WebChatService service;

    private final ThreadReader reader =
            new ThreadReader(service, Clock.systemUTC(), new GatewayMetrics(embedded.registry));
    private final UserToken alice = embedded.user();
    private final UserToken bob = embedded.user();
    private final String thread = thread(alice, bob);

    @BeforeAll
    static void start() throws Exception {
        embedded = new EmbeddedFixture(VERTX, directory, true);
        service = embedded.service(20_000);
    }

    @AfterAll
    static void stop() {
        service.close();
        embedded.close();
        get(VERTX.close());
    }

    @Test
    void pages_of_messages_go_from_newest_to_oldest() {
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            sent.add(0, send(alice, "m" + i));
        }
        MessagePage page = get(reader.messages(bob, thread, 2, Priority.HISTORY));
        List<ChatMessage> all = new ArrayList<>(page.messages());
        int pages = 1;
        while (page.continuation().isPresent()) {
            assertThat(page.messages()).hasSizeLessThanOrEqualTo(2);
            page = get(reader.nextMessages(bob, thread, page.continuation().get(), Priority.HISTORY));
            all.addAll(page.messages());
            pages++;
        }
        assertThat(pages).isGreaterThanOrEqualTo(4);
        assertThat(all).hasSize(7);
        assertThat(all.subList(0, 5)).extracting(ChatMessage::id).isEqualTo(sent);
        ChatMessage newest = all.get(0);
        assertThat(newest.type()).isEqualTo(MessageType.TEXT);
        assertThat(newest.text()).isEqualTo("m4");
        assertThat(newest.senderId()).isEqualTo(alice.userId());
        assertThat(newest.version()).isEqualTo(newest.arrivedAt());
        assertThat(newest.createdOn().getEpochSecond()).isEqualTo(newest.arrivedAt() / 1000);
        assertThat(all.get(5).type()).isEqualTo(MessageType.TOPIC_UPDATED);
        assertThat(all.get(5).topic()).isEqualTo("Tea");
        assertThat(all.get(6).type()).isEqualTo(MessageType.PARTICIPANT_ADDED);
        assertThat(all.get(6).participants())
                .extracting(Participant::userId)
                .containsExactlyInAnyOrder(alice.userId(), bob.userId());
        assertThat(all.get(6).initiatorId()).isEqualTo(alice.userId());
    }

    @Test
    void edits_and_deletes_show_in_the_record() {
        String id = send(alice, "first");
        get(service.call(ChatCall.of(ChatOperation.UPDATE_MESSAGE, alice, thread, Priority.SEND)
                .message(id)
                .body(new JsonObject()
                        .put("content", "second")
                        .put(
                                "metadata",
                                new JsonObject().put("a", "b").put(GatewayMetadata.CLIENT_MESSAGE_ID, "hidden")))));
        ChatMessage edited = get(reader.message(bob, thread, id, Priority.POKE));
        assertThat(edited.edited()).isTrue();
        assertThat(edited.text()).isEqualTo("second");
        assertThat(edited.version()).isGreaterThan(edited.arrivedAt());
        assertThat(edited.metadata()).containsOnlyKeys("a");

        get(service.call(ChatCall.of(ChatOperation.DELETE_MESSAGE, alice, thread, Priority.SEND)
                .message(id)));
        ChatMessage deleted = get(reader.message(bob, thread, id, Priority.POKE));
        assertThat(deleted.deleted()).isTrue();
        assertThat(deleted.text()).isNull();
    }

    @Test
    void roster_has_the_participants_of_all_pages() {
        List<UserToken> crowd = new ArrayList<>();
        for (int i = 0; i < 230; i++) {
            crowd.add(embedded.user());
        }
        add(crowd.subList(0, 150));
        add(crowd.subList(150, 230));
        Instant before = Instant.now();
        Roster roster = get(reader.participants(bob, thread, Priority.POKE));
        assertThat(roster.members()).hasSize(232).containsKeys(alice.userId(), bob.userId());
        assertThat(roster.members()).containsKey(crowd.get(229).userId());
        assertThat(roster.readAt()).isBetween(before, Instant.now());
        assertThat(roster.small()).isFalse();
    }

    @Test
    void receipts_and_properties_are_read() {
        String id = send(alice, "x");
        get(service.call(ChatCall.of(ChatOperation.SEND_READ_RECEIPT, bob, thread, Priority.SEND)
                .body(new JsonObject().put("chatMessageId", id))));
        assertThat(get(reader.receipts(alice, thread, Priority.RECEIPTS)))
                .extracting(ReadReceipt::readerId, ReadReceipt::messageId)
                .contains(org.assertj.core.groups.Tuple.tuple(bob.userId(), id));
        ThreadProperties properties = get(reader.properties(bob, thread, Priority.POLL));
        assertThat(properties.topic()).isEqualTo("Tea");
        assertThat(properties.createdById()).isEqualTo(alice.userId());
        assertThat(properties.deletedOn()).isNull();
    }

    @Test
    void non_member_gets_the_refusal_of_the_service() {
        ChatServiceException failure = catchThrowableOfType(
                ChatServiceException.class, () -> get(reader.participants(embedded.user(), thread, Priority.POKE)));
        assertThat(failure.kind()).isEqualTo(ChatServiceException.Kind.REFUSED);
        assertThat(failure.status()).isEqualTo(403);
        assertThat(failure.code()).isEqualTo("Forbidden");
    }

    @Test
    void an_unknown_authority_is_not_trusted() {
        WebChatService stranger = embedded.service(20_000, RateWindows.none(), List.of());
        try {
            ChatServiceException failure = catchThrowableOfType(
                    ChatServiceException.class,
                    () -> get(stranger.call(ChatCall.of(ChatOperation.GET_THREAD, bob, thread, Priority.POLL))));
            assertThat(failure.kind()).isEqualTo(ChatServiceException.Kind.UNAVAILABLE);
            assertThat(failure.status()).isEqualTo(503);
        } finally {
            stranger.close();
        }
    }

    private void add(List<UserToken> users) {
        JsonArray participants = new JsonArray();
        users.forEach(u -> participants.add(participant(u)));
        get(service.call(ChatCall.of(ChatOperation.ADD_PARTICIPANTS, alice, thread, Priority.SEND)
                .body(new JsonObject().put("participants", participants))));
    }

    private String send(UserToken user, String content) {
        return get(service.call(ChatCall.of(ChatOperation.SEND_MESSAGE, user, thread, Priority.SEND)
                        .body(new JsonObject().put("content", content))))
                .body()
                .getString("id");
    }

    private static String thread(UserToken creator, UserToken other) {
        return get(service.call(ChatCall.of(ChatOperation.CREATE_THREAD, creator, null, Priority.SEND)
                        .body(new JsonObject()
                                .put("topic", "Tea")
                                .put("participants", new JsonArray().add(participant(other))))))
                .body()
                .getJsonObject("chatThread")
                .getString("id");
    }

    private static JsonObject participant(UserToken user) {
        return new JsonObject()
                .put(
                        "communicationIdentifier",
                        new JsonObject().put("communicationUser", new JsonObject().put("id", user.userId())));
    }
}
