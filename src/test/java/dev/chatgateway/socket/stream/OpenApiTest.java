package dev.chatgateway.socket.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.protocol.AsyncApi;
import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.protocol.RpcError;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Compares docs/openapi.yaml with the code and with docs/asyncapi.yaml. */
class OpenApiTest {
    private static final OpenApi API = OpenApi.load();
    private static final AsyncApi SOCKET = AsyncApi.load();

    /** Notifications of the socket that a stream does not have: it has a response and heartbeats of its own. */
    private static final Set<String> NOT_IN_STREAMS = Set.of("authenticated", "ping");

    @Test
    void paths_and_methods_match_the_code() {
        assertThat(API.root().path("openapi").textValue()).isEqualTo("3.1.0");
        Set<String> documented = new TreeSet<>();
        API.root().path("paths").properties().forEach(path -> path.getValue()
                .fieldNames()
                .forEachRemaining(method -> documented.add(method + " " + path.getKey())));
        assertThat(documented)
                .isEqualTo(Arrays.stream(StreamEndpoint.values())
                        .map(endpoint -> endpoint.method().toLowerCase(java.util.Locale.ROOT) + " " + endpoint.path())
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void references_resolve_and_every_component_is_referenced() {
        Set<String> references = new TreeSet<>();
        API.root().findValues("$ref").forEach(reference -> references.add(reference.textValue()));
        assertThat(references)
                .allSatisfy(reference -> assertThat(API.at(reference).isMissingNode())
                        .as(reference)
                        .isFalse());
        API.root().path("components").properties().forEach(kind -> {
            if (!kind.getKey().equals("securitySchemes")) {
                kind.getValue().fieldNames().forEachRemaining(name -> assertThat(references)
                        .contains("#/components/" + kind.getKey() + "/" + name));
            }
        });
        assertThat(API.root().at("/security/0").has("bearer")).isTrue();
        assertThat(API.root().at("/components/securitySchemes/bearer/scheme").textValue())
                .isEqualTo("bearer");
    }

    @Test
    void parameters_are_those_of_the_subscription() {
        assertThat(API.parameters(StreamEndpoint.THREAD_EVENTS, "query")).isEqualTo(params("SubscribeParams"));
        assertThat(API.parameters(StreamEndpoint.INBOX_EVENTS, "query")).isEqualTo(params("SubscribeInboxParams"));
        for (StreamEndpoint endpoint : List.of(StreamEndpoint.THREAD_EVENTS, StreamEndpoint.INBOX_EVENTS)) {
            assertThat(API.parameters(endpoint, "header")).containsExactly("Last-Event-ID");
        }
        assertThat(API.parameters(StreamEndpoint.THREAD_EVENTS, "path")).containsExactly("threadId");
        for (StreamEndpoint endpoint : List.of(StreamEndpoint.STREAM, StreamEndpoint.REQUESTS)) {
            assertThat(API.operation(endpoint).has("parameters")).isFalse();
        }
        for (JsonNode parameter : API.operation(StreamEndpoint.THREAD_EVENTS).path("parameters")) {
            JsonNode resolved = API.resolve(parameter);
            String name = resolved.path("name").textValue();
            String type = API.resolve(resolved.path("schema")).path("type").asText();
            assertThat(type.equals("array")).as(name).isEqualTo(StreamRequest.LISTS.contains(name));
            assertThat(type.equals("integer")).as(name).isEqualTo(StreamRequest.NUMBERS.contains(name));
        }
    }

    private static Set<String> params(String schema) {
        Set<String> names = new TreeSet<>();
        SOCKET.root()
                .at("/components/schemas/" + schema + "/properties")
                .fieldNames()
                .forEachRemaining(names::add);
        names.remove("threadId");
        return names;
    }

    @Test
    void body_of_streams_matches_the_code() {
        JsonNode fields = API.at("#/components/schemas/Subscriptions/properties");
        Set<String> names = new TreeSet<>();
        fields.fieldNames().forEachRemaining(names::add);
        assertThat(names).isEqualTo(new TreeSet<>(StreamRequest.MEMBERS));
        assertThat(fields.at("/waitMs/maximum").intValue()).isEqualTo(StreamRequest.MAX_WAIT_MS);
        assertThat(fields.at("/waitMs/default").intValue()).isEqualTo(StreamRequest.MAX_WAIT_MS);
    }

    @Test
    void notifications_are_those_of_the_socket() {
        Set<String> documented = new TreeSet<>();
        API.at("#/components/schemas/Notification/oneOf").forEach(one -> {
            JsonNode resolved = API.resolve(one);
            String method = resolved.at("/properties/method/const").textValue();
            documented.add(method);
            String params = resolved.at("/properties/params/$ref").asText("");
            if (!one.has("$ref")) {
                assertThat(params)
                        .isEqualTo("asyncapi.yaml#/components/schemas/" + Character.toUpperCase(method.charAt(0))
                                + method.substring(1) + "Notification");
            }
        });
        Set<String> expected = new TreeSet<>(Set.of("subscribed", "subscribedInbox", "subscriptionFailed"));
        SOCKET.root().at("/components/messages").properties().forEach(message -> {
            String name = message.getValue().path("name").textValue();
            if (message.getKey().equals(name + "Notification") && !NOT_IN_STREAMS.contains(name)) {
                expected.add(name);
            }
        });
        assertThat(documented).isEqualTo(expected);
    }

    @Test
    void each_request_has_its_result() {
        List<String> requests = references("RpcRequest/oneOf");
        assertThat(requests).allSatisfy(name -> assertThat(SOCKET.methods()).contains(name));
        assertThat(references("RpcResponse/anyOf"))
                .containsExactlyInAnyOrderElementsOf(java.util.stream.Stream.concat(
                                requests.stream().map(name -> name + "Result"), java.util.stream.Stream.of("error"))
                        .toList());
    }

    /** The messages of docs/asyncapi.yaml that a list of references names. */
    static List<String> references(String list) {
        return IntStream.range(0, API.at("#/components/schemas/" + list).size())
                .mapToObj(i -> API.at("#/components/schemas/" + list)
                        .get(i)
                        .get("$ref")
                        .textValue())
                .map(reference -> reference.replaceFirst("asyncapi.yaml#/components/messages/(\\w+)/payload", "$1"))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void statuses_of_errors_are_documented(StreamEndpoint endpoint) {
        for (CloseCode code : CloseCode.values()) {
            assertThat(API.statuses(endpoint)).contains(HttpErrors.statusOfClose(code.number()));
        }
        for (int code : List.of(RpcError.INVALID_PARAMS, RpcError.INTERNAL, 401, 403, 429, 503)) {
            assertThat(API.statuses(endpoint)).contains(HttpErrors.status(code));
        }
        assertThat(API.operation(endpoint).at("/responses/default/$ref").textValue())
                .isEqualTo("#/components/responses/ServiceError");
    }

    @Test
    void examples_match_their_schemas() {
        for (StreamEndpoint endpoint : List.of(StreamEndpoint.STREAM, StreamEndpoint.REQUESTS)) {
            JsonNode examples = API.operation(endpoint).at("/requestBody/content/application~1json/examples");
            assertThat(examples).isNotEmpty();
            examples.forEach(example -> assertThat(
                            API.requestProblems(endpoint, example.path("value").toString()))
                    .isEmpty());
        }
        JsonNode polls = API.at("#/components/responses/EventStreamOrPoll/content/application~1json/examples");
        assertThat(polls).isNotEmpty();
        polls.forEach(example -> assertThat(API.problems("#/components/schemas/PollResponse", example.path("value")))
                .isEmpty());
        List<SseEvents.Event> events = SseEvents.parse(
                API.at("#/components/responses/EventStream/content/text~1event-stream/examples/thread/value")
                        .textValue());
        assertThat(events).hasSize(3);
        events.forEach(event -> assertThat(API.eventProblems(event)).isEmpty());
    }

    @Test
    void requests_with_unknown_fields_match_no_schema() {
        assertThat(API.requestProblems(StreamEndpoint.STREAM, "{\"inbox\":{},\"colour\":1}"))
                .isNotEmpty();
        assertThat(API.requestProblems(StreamEndpoint.STREAM, "{}")).isNotEmpty();
        assertThat(API.requestProblems(
                        StreamEndpoint.REQUESTS,
                        "{\"jsonrpc\":\"2.0\",\"method\":\"subscribe\",\"params\":{\"threadId\":\"19:a@thread.v2\"}}"))
                .isNotEmpty();
    }
}
