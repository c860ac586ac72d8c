package dev.chatgateway.official;

import static dev.chatgateway.official.Async.await;
import static dev.chatgateway.official.Async.done;
import static dev.chatgateway.official.Errors.assertChatError;
import static org.assertj.core.api.Assertions.assertThat;

import com.azure.communication.chat.ChatThreadAsyncClient;
import com.azure.communication.chat.ChatThreadClient;
import com.azure.communication.chat.models.ChatMessage;
import com.azure.communication.chat.models.ChatMessageType;
import com.azure.communication.chat.models.ChatParticipant;
import com.azure.communication.chat.models.ListParticipantsOptions;
import com.azure.communication.chat.models.SendChatMessageOptions;
import com.azure.communication.common.CommunicationIdentifier;
import com.azure.core.util.Context;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Topic and participants through both thread clients 1.4.0 (docs/service-reference.md, Operations). */
@OfficialClients
class ThreadClientIT {
    private final OfficialTarget target;
    private final OfficialUser alice;
    private final OfficialUser bob;
    private final String threadId;
    private final ChatThreadClient sync;
    private final ChatThreadAsyncClient async;

    ThreadClientIT(OfficialTarget target) {
        this.target = target;
        alice = OfficialUser.create(target);
        bob = OfficialUser.create(target);
        threadId = alice.createThread("before");
        sync = alice.thread(threadId);
        async = alice.threadAsync(threadId);
    }

    @Test
    void a_topic_is_updated_and_told_in_a_system_message() {
        sync.updateTopic("one");
        assertThat(sync.getProperties().getTopic()).isEqualTo("one");
        assertThat(sync.updateTopicWithResponse("two", Context.NONE).getStatusCode())
                .isEqualTo(204);
        assertThat(sync.getPropertiesWithResponse(Context.NONE).getValue().getTopic())
                .isEqualTo("two");
        done(async.updateTopic("three"));
        assertThat(await(async.getProperties()).getTopic()).isEqualTo("three");
        assertThat(await(async.updateTopicWithResponse("four")).getStatusCode()).isEqualTo(204);
        assertThat(await(async.getPropertiesWithResponse()).getValue().getTopic())
                .isEqualTo("four");

        List<ChatMessage> told = messages(ChatMessageType.TOPIC_UPDATED);
        assertThat(told)
                .extracting(m -> m.getContent().getTopic())
                .containsExactly("four", "three", "two", "one", "before");
        assertThat(told).allSatisfy(m -> {
            assertThat(m.getContent().getInitiator()).isEqualTo(alice.id());
            assertThat(m.getSender()).isNull();
        });
    }

    @Test
    void participants_are_added_one_by_one_and_many_at_once() {
        List<OfficialUser> added = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            added.add(OfficialUser.create(target));
        }
        sync.addParticipant(added.get(0).participant("p0"));
        // Client 1.4.0 itself turns the response of a success into nothing.
        assertThat(sync.addParticipantWithResponse(added.get(1).participant("p1"), Context.NONE))
                .isNull();
        assertThat(sync.addParticipants(List.of(added.get(2).participant("p2"))).getInvalidParticipants())
                .isNullOrEmpty();
        assertThat(sync.addParticipantsWithResponse(List.of(added.get(3).participant("p3")), Context.NONE)
                        .getStatusCode())
                .isEqualTo(201);
        done(async.addParticipant(added.get(4).participant("p4")));
        assertThat(async.addParticipantWithResponse(added.get(5).participant("p5"))
                        .block(Async.LIMIT))
                .isNull();
        assertThat(await(async.addParticipants(List.of(added.get(6).participant("p6"))))
                        .getInvalidParticipants())
                .isNullOrEmpty();
        assertThat(await(async.addParticipantsWithResponse(List.of(added.get(7).participant("p7"))))
                        .getStatusCode())
                .isEqualTo(201);

        assertThat(Async.all(async.listParticipants()))
                .extracting(ChatParticipant::getDisplayName)
                .containsExactlyInAnyOrder(null, "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7");
        assertThat(messages(ChatMessageType.PARTICIPANT_ADDED)).hasSize(9);
    }

    @Test
    void one_call_that_adds_several_is_one_system_message() {
        OfficialUser carol = OfficialUser.create(target);
        sync.addParticipants(List.of(bob.participant("Bob"), carol.participant("Carol")));

        ChatMessage told = messages(ChatMessageType.PARTICIPANT_ADDED).get(0);
        assertThat(told.getContent().getInitiator()).isEqualTo(alice.id());
        assertThat(told.getContent().getParticipants())
                .extracting(ChatParticipant::getCommunicationIdentifier)
                .containsExactlyInAnyOrder(bob.id(), carol.id());
        assertThat(told.getContent().getParticipants())
                .extracting(ChatParticipant::getDisplayName)
                .containsExactlyInAnyOrder("Bob", "Carol");
    }

    @Test
    void adding_someone_again_changes_nothing() {
        sync.addParticipant(bob.participant("Bob"));
        sync.addParticipant(bob.participant("Robert"));

        assertThat(sync.listParticipants().stream()
                        .filter(p -> bob.id().equals(p.getCommunicationIdentifier()))
                        .map(ChatParticipant::getDisplayName))
                .containsExactly("Bob");
    }

    @Test
    void participants_are_removed() {
        OfficialUser carol = OfficialUser.create(target);
        OfficialUser dave = OfficialUser.create(target);
        OfficialUser erin = OfficialUser.create(target);
        sync.addParticipants(List.of(bob.participant(), carol.participant(), dave.participant(), erin.participant()));

        sync.removeParticipant(bob.id());
        assertThat(sync.removeParticipantWithResponse(carol.id(), Context.NONE).getStatusCode())
                .isEqualTo(204);
        done(async.removeParticipant(dave.id()));
        assertThat(await(async.removeParticipantWithResponse(
                                CommunicationIdentifier.fromRawId(erin.id().getRawId())))
                        .getStatusCode())
                .isEqualTo(204);

        assertThat(sync.listParticipants())
                .extracting(ChatParticipant::getCommunicationIdentifier)
                .containsExactly(alice.id());
        assertThat(messages(ChatMessageType.PARTICIPANT_REMOVED))
                .hasSize(4)
                .allSatisfy(m -> assertThat(m.getContent().getInitiator()).isEqualTo(alice.id()));
    }

    @Test
    void who_was_removed_reads_what_was_before_but_takes_no_part() {
        sync.addParticipant(bob.participant());
        String seen = send("before");
        sync.removeParticipant(bob.id());
        String unseen = send("after");

        ChatThreadClient removed = bob.thread(threadId);
        assertThat(removed.listMessages())
                .extracting(ChatMessage::getId)
                .contains(seen)
                .doesNotContain(unseen);
        assertChatError(
                () -> removed.sendMessage(new SendChatMessageOptions().setContent("still here?")), 403, "Forbidden");
        assertChatError(() -> removed.listParticipants().stream().count(), 403, "Forbidden");
        assertThat(bob.chat().listChatThreads()).noneMatch(t -> t.getId().equals(threadId));
    }

    @Test
    void anyone_may_leave() {
        sync.addParticipant(bob.participant());
        bob.thread(threadId).removeParticipant(bob.id());

        assertThat(sync.listParticipants())
                .extracting(ChatParticipant::getCommunicationIdentifier)
                .containsExactly(alice.id());
    }

    @Test
    void history_is_shared_from_the_given_time() {
        String old = send("old");
        OffsetDateTime now = Instant.ofEpochMilli(Long.parseLong(old) + 1).atOffset(ZoneOffset.UTC);
        OfficialUser carol = OfficialUser.create(target);
        sync.addParticipants(List.of(
                bob.participant().setShareHistoryTime(now),
                carol.participant().setShareHistoryTime(OffsetDateTime.parse("1970-01-01T00:00:00Z"))));
        String fresh = send("fresh");

        assertThat(bob.thread(threadId).listMessages())
                .extracting(ChatMessage::getId)
                .contains(fresh)
                .doesNotContain(old);
        assertChatError(() -> bob.thread(threadId).getMessage(old), 404, "NotFound");
        assertThat(carol.thread(threadId).listMessages())
                .extracting(ChatMessage::getId)
                .contains(fresh, old);
        assertThat(sync.listParticipants().stream()
                        .filter(p -> alice.id().equals(p.getCommunicationIdentifier()))
                        .map(p -> p.getShareHistoryTime().toInstant()))
                .containsExactly(Instant.EPOCH);
    }

    @Test
    void participants_can_be_skipped() {
        sync.addParticipants(List.of(bob.participant()));
        List<ChatParticipant> all = sync.listParticipants().stream().toList();
        ListParticipantsOptions skipOne =
                new ListParticipantsOptions().setMaxPageSize(10).setSkip(1);

        assertThat(all).hasSize(2);
        assertThat(sync.listParticipants(skipOne, Context.NONE))
                .extracting(ChatParticipant::getCommunicationIdentifier)
                .containsExactly(all.get(1).getCommunicationIdentifier());
        assertThat(Async.all(async.listParticipants(skipOne.setSkip(0)))).hasSize(2);
    }

    private String send(String content) {
        return sync.sendMessage(new SendChatMessageOptions().setContent(content))
                .getId();
    }

    private List<ChatMessage> messages(ChatMessageType type) {
        return sync.listMessages().stream()
                .filter(m -> type.equals(m.getType()))
                .toList();
    }
}
