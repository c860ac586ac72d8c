package dev.chatgateway.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Response headers. */
class ResponseHeadersIT {
    private static final String REQUEST_ID = "x-ms-client-request-id";
    private static final String RETURN_REQUEST_ID = "x-ms-return-client-request-id";

    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.clocked(false);

    private final TestService service = FIXTURE.memory();
    private final User alice = service.user();

    private void assertCommon(Answer answer) {
        assertThat(answer.header("Date")).isEqualTo(service.date());
        assertThat(answer.header("Strict-Transport-Security")).isEqualTo("max-age=31536000;includeSubDomains");
        assertThat(answer.header("X-Processing-Time")).matches("\\d+ms");
        assertThat(answer.header("MS-CV")).isNotBlank();
    }

    @Test
    void chat_responses_have_the_headers_of_the_service() {
        for (Answer answer : new Answer[] {
            service.get(alice, "/chat/threads"),
            service.get(alice, "/chat/threads/invalid"),
            service.get(new User("", "x"), "/chat/threads")
        }) {
            assertCommon(answer);
            assertThat(answer.header("Access-Control-Expose-Headers")).isEqualTo("*");
            assertThat(answer.header("Request-Context")).isNull();
        }
    }

    @Test
    void identity_responses_have_the_headers_of_the_service() {
        for (Answer answer : new Answer[] {
            service.signed("POST", "/identities", "{}"), service.signed("DELETE", "/identities/someone", null)
        }) {
            assertCommon(answer);
            assertThat(answer.header("Access-Control-Expose-Headers")).isNull();
            assertThat(answer.header("Request-Context")).isEqualTo("appId=");
        }
    }

    @Test
    void date_follows_the_clock_of_the_service() {
        FIXTURE.clock().advance(Duration.ofSeconds(2));
        assertThat(service.get(alice, "/chat/threads").header("Date")).isEqualTo(service.date());
    }

    @Test
    void supported_versions_differ_between_identity_chat_and_typing() {
        String thread = "/chat/threads/" + service.thread(alice);

        assertThat(service.get(alice, thread).header("api-supported-versions"))
                .startsWith("2021-03-07, 2021-04-05-preview6, 2021-09-07, ")
                .endsWith(", 2025-03-15");
        assertThat(service.post(alice, thread + "/typing", "{}").header("api-supported-versions"))
                .startsWith("2021-04-05-preview6, 2021-09-07, ")
                .endsWith(", 2025-03-15");
        assertThat(service.signed("POST", "/identities", "{}").header("api-supported-versions"))
                .startsWith("2020-07-20-preview2, 2021-03-07, ")
                .endsWith(", 2025-06-30");
    }

    @Test
    void request_id_is_echoed_on_chat_only_on_request() {
        assertThat(chat(REQUEST_ID, "abc-1").header(REQUEST_ID)).isNull();
        assertThat(chat(REQUEST_ID, "abc-2", RETURN_REQUEST_ID, "false").header(REQUEST_ID))
                .isNull();
        assertThat(chat(REQUEST_ID, "abc-3", RETURN_REQUEST_ID, "true").header(REQUEST_ID))
                .isEqualTo("abc-3");
        assertThat(chat(RETURN_REQUEST_ID, "true").header(REQUEST_ID)).isNull();
    }

    private Answer chat(String... headers) {
        return service.send(HttpRequest.newBuilder(service.uri("/chat/threads"))
                .header("Authorization", "Bearer " + alice.token())
                .headers(headers)
                .build());
    }

    @Test
    void request_id_is_always_echoed_on_identity() {
        URI uri = service.uri("/identities");
        String target = uri.getRawPath() + "?" + uri.getRawQuery();
        HttpRequest.Builder request = TestService.request(uri, "POST", "{}").header(REQUEST_ID, "abc-1");

        Answer answer = service.send(service.sign(request, "POST", target, uri.getAuthority(), "{}", TestService.KEY)
                .build());

        assertThat(answer.header(REQUEST_ID)).isEqualTo("abc-1");
    }

    @Test
    void plain_http_does_not_ask_for_tls() throws IOException {
        String answer = RawHttp.exchange(
                service.started.httpPort(),
                "GET /chat/threads?" + TestService.VERSION
                        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " + alice.token()
                        + "\r\n\r\n");

        assertThat(answer)
                .startsWith("HTTP/1.1 200")
                .containsIgnoringCase("\r\ndate: ")
                .doesNotContainIgnoringCase("strict-transport-security");
    }
}
