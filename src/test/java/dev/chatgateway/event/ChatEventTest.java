package dev.chatgateway.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.protocol.EventPayloads;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table of events: each record has one type, and each type one method, a group and a payload. */
class ChatEventTest {
    private static final String THREAD = "19:t@thread.v2";
    private static final String ALICE = "8:acs:r_alice";
    private static final Instant AT = Instant.parse("2026-01-31T12:00:00Z");
    private static final long ID = AT.toEpochMilli();
    private static final long VERSION = ID + 5;
    private static final ThreadProperties PROPERTIES =
            new ThreadProperties(THREAD, "Tea", AT, ALICE, null, Map.of(), null);
    private static final List<Participant> PEOPLE = List.of(new Participant(ALICE, "Alice", AT, Map.of()));
    private static final List<ChatEvent> EVENTS = List.of(
            new ChatEvent.MessageReceived(THREAD, message()),
            new ChatEvent.MessageEdited(THREAD, message()),
            new ChatEvent.MessageDeleted(THREAD, message()),
            new ChatEvent.TypingIndicator(THREAD, ALICE, "Alice", AT),
            new ChatEvent.TypingStopped(THREAD, ALICE),
            new ChatEvent.ReceiptMoved(THREAD, new ReadReceipt(ALICE, "17", AT)),
            new ChatEvent.ThreadCreated(PROPERTIES, VERSION, PEOPLE),
            new ChatEvent.ThreadDeleted(THREAD, AT, null, true),
            new ChatEvent.PropertiesUpdated(PROPERTIES, VERSION, AT, ALICE),
            new ChatEvent.ParticipantsAdded(THREAD, VERSION, AT, ALICE, PEOPLE),
            new ChatEvent.ParticipantsRemoved(THREAD, VERSION, AT, ALICE, PEOPLE));

    @Test
    void each_record_has_a_type_of_its_own() {
        Map<ChatEvent.Type, List<Class<?>>> byType = EVENTS.stream()
                .collect(Collectors.groupingBy(
                        ChatEvent::type, Collectors.mapping(ChatEvent::getClass, Collectors.toList())));
        assertThat(byType.keySet()).containsExactlyInAnyOrder(ChatEvent.Type.values());
        assertThat(byType.values()).allSatisfy(records -> assertThat(records).hasSize(1));
        assertThat(EVENTS).extracting(Object::getClass).containsExactlyInAnyOrderElementsOf(EventRecords.all());
    }

    @Test
    void each_type_has_a_method_of_its_own() {
        assertThat(Arrays.stream(ChatEvent.Type.values()).map(ChatEvent.Type::method))
                .doesNotHaveDuplicates()
                .doesNotContain("");
    }

    @Test
    void each_group_has_an_event() {
        Set<EventGroup> groups = EVENTS.stream().map(ChatEvent::group).collect(Collectors.toSet());
        assertThat(groups).isEqualTo(EnumSet.allOf(EventGroup.class));
    }

    @Test
    void each_event_has_a_payload_that_names_its_thread() {
        assertThat(EVENTS)
                .allSatisfy(event -> assertThat(EventPayloads.params(event).getString("threadId"))
                        .isEqualTo(THREAD));
    }

    @Test
    void only_message_events_carry_a_message_state() {
        assertThat(EVENTS.stream().filter(event -> event.messageState().isPresent()))
                .extracting(ChatEvent::type)
                .containsExactly(
                        ChatEvent.Type.MESSAGE_RECEIVED, ChatEvent.Type.MESSAGE_EDITED, ChatEvent.Type.MESSAGE_DELETED);
    }

    @Test
    void only_typing_has_no_number() {
        assertThat(Arrays.stream(ChatEvent.Type.values()).filter(type -> !type.numbered()))
                .containsExactly(ChatEvent.Type.TYPING_INDICATOR, ChatEvent.Type.TYPING_STOPPED);
    }

    @Test
    void events_of_one_subject_share_a_conflation_key() {
        assertThat(EVENTS.stream().flatMap(event -> event.conflationKey().stream()))
                .containsExactly(
                        "message " + ID,
                        "message " + ID,
                        "message " + ID,
                        "typing " + ALICE,
                        "typing " + ALICE,
                        "receipt " + ALICE);
    }

    @Test
    void message_properties_membership_events_have_a_version() {
        assertThat(EVENTS)
                .extracting(ChatEvent::historyVersion)
                .containsExactly(VERSION, VERSION, VERSION, 0L, 0L, 0L, 0L, 0L, VERSION, VERSION, VERSION);
    }

    @Test
    void membership_events_name_the_users() {
        assertThat(EVENTS.stream().filter(event -> !event.addedParticipants().isEmpty()))
                .singleElement()
                .isInstanceOf(ChatEvent.ParticipantsAdded.class);
        assertThat(EVENTS.stream().filter(event -> !event.removedParticipants().isEmpty()))
                .singleElement()
                .isInstanceOf(ChatEvent.ParticipantsRemoved.class);
    }

    private static ChatMessage message() {
        return new ChatMessage(
                Long.toString(ID),
                VERSION,
                MessageType.TEXT,
                AT,
                ALICE,
                "Alice",
                "hi",
                null,
                List.of(),
                null,
                null,
                AT,
                AT,
                Map.of());
    }
}
