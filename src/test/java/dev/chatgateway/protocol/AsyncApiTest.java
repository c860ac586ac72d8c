package dev.chatgateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.EventRecords;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadSnapshot;
import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Checks docs/asyncapi.yaml: its examples and references, and its lists and events against the code. */
class AsyncApiTest {
    private static final AsyncApi API = AsyncApi.load();
    private static final String NOTIFICATION = "Notification";
    private static final String THREAD = "19:t@thread.v2";
    private static final String ALICE = "8:acs:r_alice";
    private static final Instant AT = Instant.parse("2026-01-31T12:00:00Z");
    private static final ThreadProperties PROPERTIES =
            new ThreadProperties(THREAD, "Tea", AT, ALICE, null, Map.of("a", "b"), 40);
    private static final List<Participant> PEOPLE = List.of(
            new Participant(ALICE, "Alice", Instant.EPOCH, Map.of()),
            new Participant("8:orgid:x", null, AT, Map.of("k", "v")),
            new Participant("8:teamsvisitor:x", null, AT, Map.of()),
            new Participant("8:acs:r_t_u", null, AT, Map.of()),
            new Participant("28:orgid:x", null, AT, Map.of()),
            new Participant("4:+15551234", null, AT, Map.of()),
            new Participant("48:starred", null, AT, Map.of()));

    @Test
    void every_message_has_examples_that_match_its_schema() {
        assertThat(API.root().path("asyncapi").textValue()).isEqualTo("3.0.0");
        API.messages().properties().forEach(message -> {
            JsonNode examples = message.getValue().path("examples");
            assertThat(examples).as(message.getKey()).isNotEmpty();
            examples.forEach(example -> assertThat(API.problems(message.getKey(), example.get("payload")))
                    .as("%s", example)
                    .isEmpty());
        });
    }

    @Test
    void references_resolve_and_every_component_is_referenced() {
        Set<String> references = new TreeSet<>();
        API.root().findValues("$ref").forEach(reference -> references.add(reference.textValue()));
        assertThat(references).allSatisfy(reference -> assertThat(
                        API.root().at(reference.substring(1)).isMissingNode())
                .as(reference)
                .isFalse());
        for (String kind : List.of("messages", "schemas")) {
            API.root().at("/components/" + kind).fieldNames().forEachRemaining(name -> assertThat(references)
                    .contains("#/components/" + kind + "/" + name));
        }
        API.root().at("/channels/socket/messages").fieldNames().forEachRemaining(name -> assertThat(references)
                .contains("#/channels/socket/messages/" + name));
    }

    @Test
    void requests_with_unknown_fields_match_no_schema() {
        for (String method : API.methods()) {
            ObjectNode request =
                    API.messages().at("/" + method + "/examples/0/payload").deepCopy();
            ((ObjectNode) request.get("params")).put("colour", "blue");
            assertThat(API.problems(method, request)).as(method).isNotEmpty();
        }
    }

    @Test
    void closed_lists_match_the_code() {
        assertList("EndReason", EndReason.values(), EndReason::token);
        assertList("ResyncReason", ResyncReason.values(), ResyncReason::token);
        assertList("FreshnessSource", Freshness.Source.values(), Freshness.Source::token);
        assertList("EventGroup", EventGroup.values(), EventGroup::token);
        assertList("IncludedPart", ThreadSnapshot.Part.values(), ThreadSnapshot.Part::token);
        assertThat(API.schema("MessageEvent").at("/properties/type/enum"))
                .extracting(JsonNode::textValue)
                .containsExactly(Arrays.stream(MessageType.values())
                        .map(MessageType::eventName)
                        .toArray(String[]::new));
        assertThat(API.schema("ChatMessage").at("/properties/type/enum"))
                .extracting(JsonNode::textValue)
                .containsExactly(Arrays.stream(MessageType.values())
                        .map(MessageType::restName)
                        .toArray(String[]::new));
    }

    private static <E> void assertList(String schema, E[] values, Function<E, String> token) {
        assertThat(API.schema(schema).path("enum"))
                .extracting(JsonNode::textValue)
                .containsExactly(Arrays.stream(values).map(token).toArray(String[]::new));
    }

    @Test
    void close_reasons_match_the_code_and_have_examples() {
        Map<CloseCode.Retry, String> retries = Map.of(
                CloseCode.Retry.NO, "no",
                CloseCode.Retry.LATER, "later",
                CloseCode.Retry.JITTERED, "jittered",
                CloseCode.Retry.ELSEWHERE, "elsewhere",
                CloseCode.Retry.NEW_TOKEN, "newToken");
        List<String> code = Arrays.stream(CloseCode.values())
                .map(c -> c.number() + " " + c.token() + " " + retries.get(c.retry()))
                .toList();
        List<String> listed = new ArrayList<>();
        API.schema("CloseReason").path("oneOf").forEach(one -> {
            JsonNode fields = one.path("properties");
            listed.add(fields.at("/code/const").asText() + " "
                    + fields.at("/reason/const").textValue() + " "
                    + fields.at("/retry/const").textValue());
        });
        List<String> shown = new ArrayList<>();
        API.messages().at("/close/examples").forEach(example -> {
            JsonNode fields = example.path("payload");
            shown.add(fields.path("code").asText() + " " + fields.path("reason").textValue() + " "
                    + fields.path("retry").textValue());
        });
        assertThat(listed).containsExactlyInAnyOrderElementsOf(code);
        assertThat(shown).containsExactlyInAnyOrderElementsOf(code);
    }

    @Test
    void each_json_rpc_error_has_an_example() {
        Set<Integer> codes = new TreeSet<>();
        API.messages()
                .at("/error/examples")
                .forEach(example -> codes.add(example.at("/payload/error/code").intValue()));
        assertThat(codes)
                .contains(
                        RpcError.PARSE,
                        RpcError.INVALID_REQUEST,
                        RpcError.METHOD_NOT_FOUND,
                        RpcError.INVALID_PARAMS,
                        RpcError.INTERNAL,
                        401,
                        429);
        for (RpcError error : List.of(
                RpcError.unauthorized("no"),
                RpcError.tooManyRequests("no", 5),
                RpcError.invalidParams("no"),
                new RpcError(RpcError.INTERNAL, "no", null))) {
            assertThat(API.problems("error", FrameEncoder.error(1, error))).isEmpty();
            assertThat(API.problems("error", FrameEncoder.error(null, error))).isEmpty();
        }
    }

    @Test
    void methods_match_the_protocol_and_the_client_library() throws IOException {
        String protocol = Files.readString(Path.of("docs/protocol.md"));
        String table = protocol.substring(protocol.indexOf("| method |"), protocol.indexOf("## Notifications"));
        Set<String> listed = Pattern.compile("(?m)^\\| ([a-zA-Z/ ]+) \\|")
                .matcher(table)
                .results()
                .flatMap(row -> Stream.of(row.group(1).split(" / ", -1)))
                .filter(name -> !name.equals("method"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(API.methods()).containsExactlyElementsOf(listed);
        String types = Files.readString(Path.of("src/main/resources/web/client.d.ts"));
        assertThat(API.methods())
                .allSatisfy(method -> assertThat(method.equals("authenticate") || types.contains("  " + method + "("))
                        .as(method)
                        .isTrue());
    }

    @Test
    void event_frames_match_the_document_and_add_no_fields() {
        List<ChatEvent> events = events();
        Set<Class<?>> kinds = events.stream().map(Object::getClass).collect(Collectors.toSet());
        assertThat(kinds).isEqualTo(EventRecords.all());
        for (ChatEvent event : events) {
            String method = event.type().method();
            JsonObject params = EventPayloads.params(event).put("cursor", "c1");
            if (event.type().numbered()) {
                params.put("seq", 7L);
            }
            JsonObject frame = FrameEncoder.notification(method, params);
            assertThat(API.problems(method + "Notification", frame))
                    .as(frame.encode())
                    .isEmpty();
            assertThat(API.undocumented(method, params)).as(method).isEmpty();
            params.remove("threadId");
            assertThat(API.problems(method + "Notification", frame))
                    .as("%s without thread", method)
                    .isNotEmpty();
        }
    }

    /** Every documented notification is an event of the table or one of the gateway's own. */
    @Test
    void documented_notifications_match_the_code() {
        Set<String> documented = new TreeSet<>();
        API.messages().fieldNames().forEachRemaining(name -> {
            if (name.endsWith(NOTIFICATION) && !API.methods().contains(name)) {
                documented.add(name.substring(0, name.length() - NOTIFICATION.length()));
            }
        });
        Set<String> events = Arrays.stream(ChatEvent.Type.values())
                .map(ChatEvent.Type::method)
                .collect(Collectors.toSet());
        assertThat(documented).containsAll(events);
        documented.removeAll(events);
        assertThat(documented)
                .containsExactly(
                        "authenticated",
                        "conflated",
                        "freshness",
                        "inboxChanged",
                        "ping",
                        "reconnect",
                        "resumed",
                        "resync",
                        "tokenExpiring",
                        "unsubscribed");
    }

    @Test
    void client_library_and_protocol_document_name_every_event() throws IOException {
        String script = Files.readString(Path.of("src/main/resources/web/client.js"));
        String types = Files.readString(Path.of("src/main/resources/web/client.d.ts"));
        String protocol = Files.readString(Path.of("docs/protocol.md"));
        assertThat(list(script, "NOTIFICATIONS"))
                .contains(Arrays.stream(ChatEvent.Type.values())
                        .map(ChatEvent.Type::method)
                        .toArray(String[]::new));
        assertThat(list(script, "MESSAGE_STATES"))
                .containsExactlyInAnyOrder(events().stream()
                        .filter(event -> event.messageState().isPresent())
                        .map(event -> event.type().method())
                        .distinct()
                        .toArray(String[]::new));
        assertThat(ChatEvent.Type.values()).allSatisfy(type -> {
            assertThat(types).contains("\n  " + type.method() + ": ");
            assertThat(protocol).containsPattern("\\b" + type.method() + "\\b");
        });
    }

    private static List<String> list(String script, String constant) {
        int from = script.indexOf("const " + constant + " = [");
        return Pattern.compile("'(\\w+)'")
                .matcher(script.substring(from, script.indexOf("]", from)))
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    private static List<ChatEvent> events() {
        List<ChatEvent> events = new ArrayList<>();
        for (String sender : new String[] {ALICE, "8:orgid:x", null}) {
            events.add(new ChatEvent.MessageReceived(THREAD, message(sender, null, null)));
            events.add(new ChatEvent.MessageEdited(THREAD, message(sender, AT, null)));
            events.add(new ChatEvent.MessageDeleted(THREAD, message(sender, null, AT)));
        }
        events.add(new ChatEvent.TypingIndicator(THREAD, ALICE, "", AT));
        events.add(new ChatEvent.TypingStopped(THREAD, ALICE));
        events.add(new ChatEvent.ReceiptMoved(THREAD, new ReadReceipt(ALICE, "17", AT)));
        events.add(new ChatEvent.ThreadCreated(PROPERTIES, 5, PEOPLE));
        for (String actor : new String[] {ALICE, null}) {
            events.add(new ChatEvent.ThreadDeleted(THREAD, AT, actor, actor == null));
            events.add(new ChatEvent.PropertiesUpdated(PROPERTIES, 6, AT, actor));
            events.add(new ChatEvent.ParticipantsAdded(THREAD, 7, AT, actor, PEOPLE));
            events.add(new ChatEvent.ParticipantsRemoved(THREAD, 8, AT, actor, PEOPLE));
        }
        return events;
    }

    private static ChatMessage message(@Nullable String sender, @Nullable Instant edited, @Nullable Instant deleted) {
        return new ChatMessage(
                "1769860800000",
                1_769_860_800_001L,
                MessageType.HTML,
                AT,
                sender,
                "Alice",
                "<b>hi</b>",
                null,
                List.of(),
                null,
                "[{\"id\":\"1\",\"attachmentType\":\"image\"}]",
                edited,
                deleted,
                Map.of("k", "v", "chatgateway.clientMessageId", "17"));
    }
}
