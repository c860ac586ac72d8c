package dev.chatgateway.command;

import static dev.chatgateway.upstream.EmbeddedFixture.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.Params;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.Tokens;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parameters, results and errors of the commands, with a service that each test scripts. */
class CommandsIT {
    private static final UserToken TOKEN = Tokens.of("a");

    private final Vertx vertx = Vertx.vertx();
    private final List<ChatCall> calls = new CopyOnWriteArrayList<>();
    private final RecordingFeed feed = new RecordingFeed();
    private Function<ChatCall, Future<ChatService.Reply>> answer = call -> ok(new JsonObject());
    private final Commands commands = new Commands(
            vertx,
            call -> {
                calls.add(call);
                return answer.apply(call);
            },
            feed,
            new GatewayMetrics(new SimpleMeterRegistry()),
            Timers.of(vertx),
            Clock.systemUTC(),
            new CommandLimits(100, 200));

    @AfterEach
    void stop() {
        get(vertx.close());
    }

    @Test
    void commands_have_seventeen_methods() {
        assertThat(List.of(
                        "createChatThread",
                        "listChatThreads",
                        "getProperties",
                        "updateProperties",
                        "deleteChatThread",
                        "sendMessage",
                        "getMessage",
                        "updateMessage",
                        "deleteMessage",
                        "listMessages",
                        "sendReadReceipt",
                        "listReadReceipts",
                        "sendTypingNotification",
                        "addParticipants",
                        "removeParticipant",
                        "listParticipants",
                        "getInbox"))
                .allMatch(commands::knows);
        assertThat(List.of("authenticate", "subscribe", "ping", "getinbox", "SendMessage", ""))
                .noneMatch(commands::knows);
        assertThat(fail("fly", "{}").code()).isEqualTo(RpcError.METHOD_NOT_FOUND);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            sendMessage | {"content":"x"} | threadId: missing
            sendMessage | {"threadId":"t"} | content: missing
            sendMessage | {"threadId":"t","content":7} | content: 7 (expected: a string)
            sendMessage | {"threadId":"t","content":"x","type":"Text"} | type: "Text" (expected: one of text, html)
            sendMessage | {"threadId":"t","content":"x","colour":"red"} | colour: unknown field
            sendMessage | {"threadId":"t","content":"x","retry":true} | retry: true (expected: only with clientMessageId)
            sendMessage | {"threadId":"t","content":"x","metadata":{"a":1}} | metadata.a: 1 (expected: a string)
            sendMessage | {"threadId":"t","content":"x","metadata":{"chatgateway.x":"1"}} | metadata: a key that begins with chatgateway.
            updateMessage | {"threadId":"t","messageId":"1"} | content: missing (expected: at least one of
            updateMessage | {"threadId":"t","content":"x"} | messageId: missing
            updateProperties | {"threadId":"t"} | topic: missing (expected: at least one of
            updateProperties | {"threadId":"t","retentionPolicy":{"kind":"none","deleteThreadAfterDays":30}} | retentionPolicy.deleteThreadAfterDays: 30
            updateProperties | {"threadId":"t","retentionPolicy":{"days":30}} | retentionPolicy.kind: missing
            createChatThread | {} | topic: missing
            createChatThread | {"topic":"t","participants":[{"id":"x"}]} | participants[0].communicationIdentifier: missing
            createChatThread | {"topic":"t","participants":[{"communicationIdentifier":{}}]} | participants[0].communicationIdentifier.rawId: missing
            createChatThread | {"topic":"t","repeatabilityRequestId":"a b"} | repeatabilityRequestId: other characters
            addParticipants | {"threadId":"t","participants":[]} | participants: none
            addParticipants | {"threadId":"t","participants":[{"communicationIdentifier":{"rawId":"8:acs:b"},"age":3}]} | participants[0].age: unknown field
            removeParticipant | {"threadId":"t","communicationIdentifier":{"rawId":"a","communicationUser":{"id":"b"}}} | communicationIdentifier.communicationUser.id: differs
            removeParticipant | {"threadId":"t","communicationIdentifier":{"phoneNumber":{},"microsoftTeamsUser":{}}} | communicationIdentifier.rawId: missing
            removeParticipant | {"threadId":"t","communicationIdentifier":{"phoneNumber":"+1"}} | communicationIdentifier.phoneNumber: "+1"
            listMessages | {"threadId":"t","startTime":"+999999999-12-31T23:59:59.999999999Z"} | startTime: "+999999999
            listMessages | {"threadId":"t","startTime":"-999999999-01-01T00:00:00Z"} | startTime: "-999999999
            listMessages | {"threadId":"t","maxPageSize":500} | maxPageSize: 500 (expected: 1 to 200)
            listMessages | {"threadId":"t","startTime":"yesterday"} | startTime: "yesterday"
            listMessages | {"threadId":"t","continuationToken":"!!"} | continuationToken: not a token
            listParticipants | {"threadId":"t","skip":-1} | skip: -1
            sendReadReceipt | {"threadId":"t"} | chatMessageId: missing
            """)
    void bad_parameter_is_named_before_any_call(String method, String params, String message) {
        RpcError error = fail(method, params);
        assertThat(error.code()).isEqualTo(RpcError.INVALID_PARAMS);
        assertThat(error).hasMessageContaining(message);
        assertThat(calls).isEmpty();
        assertThat(feed.pokes).isEmpty();
    }

    @Test
    void content_is_measured_in_bytes() {
        String hundred = "é".repeat(50);
        answer = call -> ok(new JsonObject().put("id", "1"));
        assertThat(run("sendMessage", send(hundred))).isEqualTo(new JsonObject().put("id", "1"));
        assertThat(fail("sendMessage", send(hundred + "x").encode()))
                .hasMessage("content: 101 bytes (expected: at most 100)");
    }

    @Test
    void create_without_an_id_gets_a_repeatability_id() {
        answer = call -> ok(new JsonObject().put("chatThread", new JsonObject().put("id", "t")));
        JsonObject result = run("createChatThread", new JsonObject("""
                {"topic":"Tea","metadata":{"a":"b"},"retentionPolicy":{"kind":"threadCreationDate","deleteThreadAfterDays":40},
                 "participants":[{"communicationIdentifier":{"communicationUser":{"id":"8:acs:b"}},"displayName":"B",
                                  "shareHistoryTime":"2026-01-01T01:00:00+01:00","metadata":{"c":"d"}}]}"""));
        assertThat(result)
                .isEqualTo(new JsonObject()
                        .put("chatThread", new JsonObject().put("id", "t"))
                        .put("invalidParticipants", new JsonArray()));
        assertThat(calls.get(0).repeatabilityId()).isNotEmpty();
        assertThat(calls.get(0).body()).isEqualTo(new JsonObject("""
                {"topic":"Tea","metadata":{"a":"b"},"retentionPolicy":{"kind":"threadCreationDate","deleteThreadAfterDays":40},
                 "participants":[{"communicationIdentifier":{"rawId":"8:acs:b","communicationUser":{"id":"8:acs:b"}},
                                  "displayName":"B","shareHistoryTime":"2026-01-01T00:00:00Z","metadata":{"c":"d"}}]}"""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"phoneNumber\":{\"value\":\"+15550100\"}}",
                "{\"kind\":\"microsoftTeamsUser\",\"microsoftTeamsUser\":{\"userId\":\"u\",\"cloud\":\"dod\"}}",
                "{\"microsoftTeamsApp\":{\"appId\":\"a\",\"cloud\":\"public\"}}",
                "{\"teamsExtensionUser\":{\"userId\":\"u\",\"tenantId\":\"t\",\"resourceId\":\"r\"}}"
            })
    void identifier_without_raw_id_is_passed_on_unchanged(String identifier) {
        answer = call -> ok(new JsonObject());
        run(
                "removeParticipant",
                new JsonObject().put("threadId", "t").put("communicationIdentifier", new JsonObject(identifier)));
        assertThat(calls.get(0).body()).isEqualTo(new JsonObject(identifier));
    }

    @Test
    void extreme_times_are_passed_on() {
        answer = call -> ok(new JsonObject().put("value", new JsonArray()));
        for (String time : List.of("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z")) {
            run("listMessages", new JsonObject().put("threadId", "t").put("startTime", time));
        }
        assertThat(calls.get(0).query()).containsEntry("startTime", "0001-01-01T00:00:00Z");
        assertThat(calls.get(1).query()).containsEntry("startTime", "9999-12-31T23:59:59.999999900Z");
    }

    @Test
    void page_token_holds_no_host_or_path() {
        answer = call -> ok(new JsonObject()
                .put(
                        "value",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("id", "1")
                                        .put("metadata", new JsonObject().put("chatgateway.clientMessageId", "c"))))
                .put("nextLink", "https://evil.example/chat/threads/other/messages?syncState=a%2Bb&x=1&api-version=9"));
        JsonObject page = run("listMessages", new JsonObject("{\"threadId\":\"t\",\"maxPageSize\":2}"));
        assertThat(page.getJsonArray("value").getJsonObject(0))
                .isEqualTo(new JsonObject().put("id", "1").put("metadata", new JsonObject()));
        assertThat(page.fieldNames()).doesNotContain("nextLink");

        run(
                "listMessages",
                new JsonObject().put("threadId", "t").put("continuationToken", page.getString("continuationToken")));
        assertThat(calls.get(1).query()).isEqualTo(java.util.Map.of("syncState", "a+b", "maxPageSize", "100"));
        assertThat(calls.get(1).threadId()).isEqualTo("t");
        assertThat(fail(
                        "listMessages",
                        new JsonObject()
                                .put("threadId", "t")
                                .put("startTime", "2026-01-01T00:00:00Z")
                                .put("continuationToken", page.getString("continuationToken"))
                                .encode()))
                .hasMessage("startTime: given (expected: not beside continuationToken)");
    }

    @Test
    void a_page_of_messages_is_newest_first_by_id() {
        answer = call -> ok(new JsonObject("""
                {"value":[{"id":"4","version":"12","deletedOn":"2026-01-01T00:00:00Z"},{"id":"9","version":"11"},
                          {"id":"10","version":"10"},{"id":"8","version":"8"}]}"""));
        JsonArray value =
                run("listMessages", new JsonObject("{\"threadId\":\"t\"}")).getJsonArray("value");
        assertThat(value.stream().map(m -> ((JsonObject) m).getString("id"))).containsExactly("10", "9", "8", "4");
        assertThat(value.getJsonObject(3).getString("version")).isEqualTo("12");
        assertThat(calls.get(0).query()).isEqualTo(java.util.Map.of("maxPageSize", "100"));
    }

    @Test
    void inbox_skips_empty_pages_and_puts_a_new_thread_first() {
        answer = call -> switch (call.operation()) {
            case LIST_THREADS ->
                ok(new JsonObject(
                        call.query().containsKey("syncState")
                                ? """
                            {"value":[{"id":"old","topic":"o","lastMessageReceivedOn":"2026-01-01T00:00:00+00:00"},
                                      {"id":"new","topic":"n"}]}"""
                                : "{\"value\":[],\"nextLink\":\"https://service/chat/threads?syncState=s\"}"));
            default -> ok(new JsonObject().put("value", new JsonArray()));
        };
        JsonObject inbox = run("getInbox", new JsonObject("{\"maxPageSize\":7}"));
        assertThat(inbox.getJsonArray("value").stream().map(t -> ((JsonObject) t).getString("threadId")))
                .containsExactly("new", "old");
        assertThat(calls).allMatch(call -> call.query().containsKey("maxPageSize"));
        assertThat(calls.get(1).query()).containsEntry("maxPageSize", "7");
    }

    @Test
    void refusal_has_status_and_error_of_the_service() {
        JsonObject error = new JsonObject()
                .put("code", "Forbidden")
                .put("message", "no")
                .put("target", "x")
                .put("details", new JsonArray().add(new JsonObject().put("code", "y")));
        answer = call -> Future.failedFuture(new ChatServiceException(Kind.REFUSED, 403, "Forbidden", "no", -1, error));
        assertThat(fail("getProperties", "{\"threadId\":\"t\"}").toJson()).isEqualTo(new JsonObject("""
                {"code":403,"message":"no",
                 "data":{"code":"Forbidden","retryable":false,"target":"x","details":[{"code":"y"}]}}"""));

        answer = call -> Future.failedFuture(
                new ChatServiceException(Kind.THROTTLED, 429, "TooManyRequests", "slow", 1500, null));
        assertThat(fail("deleteMessage", "{\"threadId\":\"t\",\"messageId\":\"1\"}")
                        .toJson())
                .isEqualTo(new JsonObject("""
                {"code":429,"message":"slow","data":{"code":"TooManyRequests","retryable":true,"retryAfterMs":1500}}"""));
        assertThat(feed.pokes).isEmpty();
    }

    @Test
    void unexpected_failure_shows_no_details() {
        answer = call -> {
            throw new IllegalStateException("a secret");
        };
        assertThat(fail("getProperties", "{\"threadId\":\"t\"}").toJson())
                .isEqualTo(new JsonObject().put("code", -32603).put("message", "internal error"));
    }

    @Test
    void write_in_doubt_sends_a_refresh_hint_and_its_retryability() {
        answer = call ->
                Future.failedFuture(new ChatServiceException(Kind.IN_DOUBT, 504, "GatewayTimeout", "lost", -1, null));
        RpcError send = fail("sendMessage", send("x").encode());
        assertThat(send.toJson().getJsonObject("data").getBoolean("retryable")).isFalse();
        assertThat(send.code()).isEqualTo(504);
        RpcError update = fail("updateMessage", "{\"threadId\":\"t\",\"messageId\":\"1\",\"content\":\"x\"}");
        assertThat(update.toJson().getJsonObject("data").getBoolean("retryable"))
                .isTrue();
        assertThat(feed.pokes).hasSize(2).allMatch(poke -> poke.messageId().isEmpty());
    }

    private static JsonObject send(String content) {
        return new JsonObject().put("threadId", "t").put("content", content);
    }

    @Test
    void throttled_typing_fails_but_is_passed_to_the_feed() {
        answer = call -> Future.failedFuture(
                new ChatServiceException(Kind.THROTTLED, 429, "TooManyRequests", "too many", 700, null));
        assertThat(fail("sendTypingNotification", "{\"threadId\":\"t\",\"senderDisplayName\":\"Al\"}")
                        .code())
                .isEqualTo(429);
        assertThat(feed.typing).containsExactly("throttled t 8:acs:a Al");

        answer = call ->
                Future.failedFuture(new ChatServiceException(Kind.REFUSED, 403, "Forbidden", "no member", -1, null));
        assertThat(fail("sendTypingNotification", "{\"threadId\":\"t\"}").code())
                .isEqualTo(403);
        assertThat(feed.typing).hasSize(1);
    }

    private static Future<ChatService.Reply> ok(JsonObject body) {
        return Future.succeededFuture(new ChatService.Reply(200, body.copy()));
    }

    private JsonObject run(String method, JsonObject params) {
        return get(commands.execute(method, new Params(params), () -> TOKEN));
    }

    private RpcError fail(String method, String params) {
        return catchThrowableOfType(RpcError.class, () -> run(method, new JsonObject(params)));
    }
}
