package dev.chatgateway.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Malformed requests get a documented status with a JSON body, never a 500. */
class BrokenInputIT {
    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.plain();

    private final TestService service = FIXTURE.memory();
    private User alice;
    private String thread;

    @BeforeEach
    void prepare() {
        alice = service.user();
        thread = service.thread(alice);
    }

    private static void refused(Answer answer, int status) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.code()).isNotBlank();
        assertThat(answer.text("error.message")).isNotBlank();
        assertThat(answer.header("Content-Type")).startsWith("application/json");
        assertThat(answer.header("Retry-After")).isNull();
        assertThat(answer.body()).doesNotContain("Exception", "dev.chatgateway", "com.fasterxml");
    }

    static Stream<String> brokenBodies() {
        return Stream.of(
                "",
                "{",
                "null",
                "[]",
                "7",
                "\"x\"",
                "{}x",
                "{} {}",
                "{'a':1}",
                "{\"a\":NaN}",
                "\u0000",
                "[".repeat(2_000),
                "{\"a\":".repeat(500) + "1" + "}".repeat(500),
                "{\"topic\":5,\"content\":5,\"chatMessageId\":5,\"participants\":5,\"communicationUser\":5,\"metadata\":5}",
                "{\"topic\":{},\"content\":{},\"chatMessageId\":{},\"participants\":{},\"communicationUser\":[],\"metadata\":[]}",
                "{\"topic\":\"\",\"content\":null,\"chatMessageId\":null,\"participants\":[null],\"rawId\":5,\"metadata\":{\"a\":1}}",
                "{\"topic\":\"\\ud800\",\"content\":\"\\ud800x\",\"chatMessageId\":\"\\udc00\",\"rawId\":\"\\udfff\","
                        + "\"participants\":[{\"communicationIdentifier\":{\"rawId\":\"\\ud800\"}}],\"metadata\":{\"\\ud800\":\"x\"}}",
                "{\"participants\":[{}],\"metadata\":{\"a\":{}}}",
                "{\"participants\":[{\"communicationIdentifier\":{}}],\"metadata\":{\"a\":[]}}",
                "{\"participants\":[{\"communicationIdentifier\":{\"rawId\":\"a\",\"communicationUser\":{\"id\":\"b\"}}}],"
                        + "\"rawId\":\"a\",\"communicationUser\":{\"id\":\"b\"},\"metadata\":true}",
                "{\"topic\":\"x\",\"participants\":[{\"communicationIdentifier\":{\"rawId\":\"a\"},\"shareHistoryTime\":\"yesterday\"}],"
                        + "\"type\":\"topicUpdated\",\"retentionPolicy\":[],\"metadata\":\"x\"}");
    }

    @ParameterizedTest
    @MethodSource("brokenBodies")
    void a_broken_body_is_a_bad_request(String body) {
        String path = "/chat/threads/" + thread;
        refused(service.post(alice, "/chat/threads", body), 400);
        refused(service.post(alice, path + "/messages", body), 400);
        refused(service.post(alice, path + "/participants/:add", body), 400);
        refused(service.post(alice, path + "/participants/:remove", body), 400);
        refused(service.post(alice, path + "/readReceipts", body), 400);
        for (String optional : List.of("", "{\"participants\":[{}],\"metadata\":{\"a\":{}}}")) {
            if (!body.equals(optional)) {
                assertThat(service.call(alice, "PATCH", path, body).status()).isIn(204, 400);
            }
        }
        assertThat(service.post(alice, path + "/typing", body).status()).isIn(200, 400);
        assertThat(service.get(alice, path + "/messages").json().path("value")).hasSizeLessThanOrEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "/chat/threads?maxPageSize=-1",
        "/chat/threads?maxPageSize=x",
        "/chat/threads?maxPageSize=99999999999",
        "/chat/threads?startTime=yesterday",
        "/chat/threads?startTime=2026-13-01T00:00:00Z",
        "/chat/threads?startTime=2026-01-01T00:00:00",
        "/chat/threads?syncState=zzzz",
        "/chat/threads?syncState=%21",
        "/chat/threads/T/messages?maxPageSize=-5",
        "/chat/threads/T/messages?startTime=%2B999999999-12-31T23:59:59Z",
        "/chat/threads/T/messages?syncState=MSB4",
        "/chat/threads/T/messages?syncState=3e",
        "/chat/threads/T/messages?syncState=3effffffff",
        "/chat/threads/T/messages?syncState=3e010000007801010000000000000000000000000000",
        "/chat/threads/T/messages?syncState=3e01000000780101000000000000000200000000000000",
        "/chat/threads/T/participants?skip=-1",
        "/chat/threads/T/readReceipts?skip=2147483648"
    })
    void a_bad_parameter_is_a_bad_request(String path) {
        refused(service.get(alice, path.replace("T/", thread + "/")), 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-01-01T00:00:00Z",
                "2026-01-01T00:00:00.1Z",
                "2026-01-01T00:00:00.123456789Z",
                "2026-01-01T02:00:00%2B02:00",
                "2026-01-01T02:00:00+02:00",
                "1/1/1970%2012:00:00%20AM%20%2B00:00",
                "0001-01-01T00:00:00Z"
            })
    void times_are_parsed_in_many_forms(String time) {
        assertThat(service.get(alice, "/chat/threads?startTime=" + time).status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "api-version=", "api-version=latest", "api-version=2025-03-15x", "api-version=1%0d%0aX:y"})
    void the_version_must_be_well_formed(String query) {
        refused(
                service.send(HttpRequest.newBuilder(URI.create(service.started.endpoint() + "/chat/threads?" + query))
                        .header("Authorization", "Bearer " + alice.token())
                        .build()),
                400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2020-09-21-preview2", "2021-03-07", "2024-03-07", "2099-01-01"})
    void any_well_formed_version_is_served(String version) {
        assertThat(service.get(alice, "/chat/threads?api-version=" + version).status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /, 404",
        "GET, /chat, 404",
        "GET, /chat/threads/, 404",
        "GET, /chat/threads//messages, 404",
        "GET, /chat/threads/x/messages/1/2, 404",
        "POST, /identities/x/:fly, 404",
        "GET, /chat/threads/%zz, 400",
        "GET, /chat/threads/%00, 400",
        "PUT, /chat/threads, 405",
        "DELETE, /chat/threads/T/messages, 405",
        "GET, /chat/threads/T/participants/:add, 405",
        "GET, /identities, 405"
    })
    void unknown_path_and_method_are_named(String method, String path, int status) throws IOException {
        String answer = RawHttp.exchange(
                service.started.httpPort(),
                method + " " + path.replace("T", thread) + "?" + TestService.VERSION
                        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " + alice.token()
                        + "\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 " + status).contains("{\"error\":{\"code\":\"");
        if (status == 405) {
            assertThat(answer).containsPattern("(?i)\r\nallow: [A-Z, ]+\r\n");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /%s HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n | 414",
                "GET / HTTP/1.1\\r\\nHost: x\\r\\nX: %s%s%s\\r\\n\\r\\n | 431",
                "GARBAGE\\r\\n\\r\\n | 400",
                "POST /chat/threads HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: -5\\r\\n\\r\\n | 400",
                "POST /chat/threads HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 2000000\\r\\n\\r\\n | 413",
                "POST /chat/threads HTTP/1.1\\r\\nHost: x\\r\\nExpect: a-miracle\\r\\nContent-Length: 2\\r\\n\\r\\n | 417"
            })
    void http_errors_have_json_bodies(String request, int status) throws IOException {
        String filler = "a".repeat(9_000);
        String answer = RawHttp.exchange(
                service.started.httpPort(),
                request.trim().replace("\\r\\n", "\r\n").replace("%s", filler));
        assertThat(answer).containsPattern("^HTTP/1\\.[01] " + status).contains("{\"error\":{\"code\":\"");
    }

    @Test
    void a_body_that_grows_too_big_is_refused() throws IOException {
        String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
        String answer = RawHttp.exchange(
                service.started.httpPort(),
                "POST /chat/threads HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk.repeat(17));
        assertThat(answer).startsWith("HTTP/1.1 413");
    }

    @Test
    void expect_100_continue_is_answered() throws IOException {
        String answer = RawHttp.exchange(
                service.started.httpPort(),
                "POST /chat/threads?" + TestService.VERSION + " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                        + "Connection: close\r\nAuthorization: Bearer " + alice.token()
                        + "\r\nContent-Length: 13\r\n\r\n{\"topic\":\"x\"}");
        assertThat(answer).startsWith("HTTP/1.1 100").contains("HTTP/1.1 201");
    }

    @Test
    void another_content_type_is_refused() {
        HttpRequest form = HttpRequest.newBuilder(service.uri("/chat/threads"))
                .header("Authorization", "Bearer " + alice.token())
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("{\"topic\":\"x\"}"))
                .build();
        refused(service.send(form), 415);
        HttpRequest patch = HttpRequest.newBuilder(service.uri("/chat/threads/" + thread))
                .header("Authorization", "Bearer " + alice.token())
                .header("Content-Type", "application/merge-patch+json; charset=utf-8")
                .method("PATCH", HttpRequest.BodyPublishers.ofString("{\"topic\":\"x\"}"))
                .build();
        assertThat(service.send(patch).status()).isEqualTo(204);
    }

    @Test
    void sizes_are_limited() {
        String path = "/chat/threads/" + thread;
        refused(service.post(alice, "/chat/threads", "{\"topic\":\"" + "x".repeat(251) + "\"}"), 400);
        refused(service.call(alice, "PATCH", path, "{\"topic\":\"\"}"), 400);
        refused(service.call(alice, "PATCH", path, "{\"metadata\":{\"k\":\"" + "x".repeat(1_024) + "\"}}"), 400);
        refused(
                service.post(
                        alice,
                        path + "/messages",
                        "{\"content\":\"x\",\"senderDisplayName\":\"" + "x".repeat(257) + "\"}"),
                400);
        assertThat(service.call(alice, "PATCH", path, "{\"metadata\":{\"k\":\"" + "x".repeat(1_023) + "\"}}")
                        .status())
                .isEqualTo(204);
    }

    @Test
    void refusal_names_field_and_expectation() {
        Answer answer = service.post(
                alice,
                "/chat/threads",
                "{\"topic\":\"x\",\"participants\":[{\"communicationIdentifier\":{\"rawId\":\"" + alice.id()
                        + "\"},\"displayName\":7}]}");
        assertThat(answer.text("error.message"))
                .isEqualTo("participants[0].displayName: a number (expected: a string)");
        assertThat(answer.text("error.target")).isEqualTo("participants[0].displayName");
    }
}
