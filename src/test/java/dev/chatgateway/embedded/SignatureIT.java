package dev.chatgateway.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Valid and invalid HMAC signatures and bearer tokens. */
class SignatureIT {
    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.clocked(false);

    private static final String BODY = "{}";
    private static final String TARGET = "/identities?" + TestService.VERSION;

    private final TestService service = FIXTURE.memory();

    private HttpRequest.Builder create(URI uri) {
        return TestService.request(uri, "POST", BODY);
    }

    private Answer signedAs(String target, String host, String key) {
        return service.send(service.sign(create(service.uri("/identities")), "POST", target, host, BODY, key)
                .build());
    }

    private String host() {
        return service.uri("/").getAuthority();
    }

    private static void refused(Answer answer) {
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.code()).isEqualTo("Unauthorized");
        assertThat(answer.header("Retry-After")).isNull();
    }

    @Test
    void valid_signature_is_accepted_and_any_change_refused() {
        assertThat(signedAs(TARGET, host(), TestService.KEY).status()).isEqualTo(201);
        refused(signedAs(TARGET, host(), Base64.getEncoder().encodeToString(new byte[32])));
        refused(signedAs(TARGET + "&x=y", host(), TestService.KEY));
        refused(signedAs(TARGET, "other", TestService.KEY));
        refused(service.send(service.sign(
                        TestService.request(
                                service.uri("/identities"), "POST", "{\"createTokenWithScopes\":[\"chat\"]}"),
                        "POST",
                        TARGET,
                        host(),
                        BODY,
                        TestService.KEY)
                .build()));
        refused(service.send(create(service.uri("/identities")).build()));
        refused(service.send(create(service.uri("/identities"))
                .header("Authorization", "HMAC-SHA256 nonsense")
                .build()));
    }

    @Test
    void signature_date_more_than_15_minutes_off_is_refused() {
        HttpRequest early = service.sign(
                        create(service.uri("/identities")), "POST", TARGET, host(), BODY, TestService.KEY)
                .build();
        FIXTURE.clock().advance(Duration.ofMinutes(14));
        assertThat(service.send(early).status()).isEqualTo(201);
        FIXTURE.clock().advance(Duration.ofMinutes(2));
        refused(service.send(early));
    }

    @Test
    void signed_headers_give_names_and_order_of_the_values() {
        String date = service.date();
        String hash = TestService.hash(BODY);
        String signature =
                TestService.signature("POST\n" + TARGET + "\n" + host() + ";" + hash + ";" + date, TestService.KEY);

        Answer answer = service.send(create(service.uri("/identities"))
                .header("Date", date)
                .header("x-ms-content-sha256", hash)
                .header(
                        "Authorization",
                        "HMAC-SHA256 SignedHeaders=host;x-ms-content-sha256;date&Signature=" + signature)
                .build());
        Answer unsigned = service.send(create(service.uri("/identities"))
                .header("Date", date)
                .header("x-ms-content-sha256", hash)
                .header(
                        "Authorization",
                        "HMAC-SHA256 SignedHeaders=host;date&Signature="
                                + TestService.signature(
                                        "POST\n" + TARGET + "\n" + host() + ";" + date, TestService.KEY))
                .build());

        assertThat(answer.status()).isEqualTo(201);
        refused(unsigned);
    }

    @Test
    void python_signature_quirk_is_accepted_on_plain_http_only() {
        String cut = TARGET.substring(1);
        URI plain = service.uri("http://127.0.0.1:" + service.started.httpPort() + "/identities");

        Answer http = service.send(service.sign(create(plain), "POST", cut, plain.getAuthority(), BODY, TestService.KEY)
                .build());

        assertThat(http.status()).isEqualTo(201);
        refused(signedAs(cut, host(), TestService.KEY));
    }

    @Test
    void signed_host_without_port_is_accepted() throws Exception {
        String date = service.date();
        String hash = TestService.hash(BODY);
        String signature =
                TestService.signature("POST\n" + TARGET + "\n" + date + ";localhost;" + hash, TestService.KEY);

        String answer = RawHttp.exchange(
                service.started.httpPort(),
                "POST " + TARGET + " HTTP/1.1\r\nHost: localhost\r\nx-ms-date: " + date + "\r\nx-ms-content-sha256: "
                        + hash
                        + "\r\nAuthorization: HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
                        + signature + "\r\nContent-Length: 2\r\nConnection: close\r\n\r\n" + BODY);

        assertThat(answer).startsWith("HTTP/1.1 201");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic abc", "Bearer ...."})
    void a_malformed_token_is_refused(String header) {
        HttpRequest.Builder request = HttpRequest.newBuilder(service.uri("/chat/threads"));
        if (!header.isEmpty()) {
            request.header("Authorization", header);
        }
        refused(service.send(request.build()));
    }

    @Test
    void a_forged_token_is_refused() {
        User user = service.user();
        String[] parts = user.token().split("\\.");
        String claims = new String(Base64.getUrlDecoder().decode(parts[1])).replace("\"gen\":0", "\"gen\":1");
        String forged = Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes());
        String none = Base64.getUrlEncoder().withoutPadding().encodeToString("{\"alg\":\"none\"}".getBytes());

        refused(service.get(new User(user.id(), parts[0] + "." + forged + "." + parts[2]), "/chat/threads"));
        refused(service.get(new User(user.id(), none + "." + parts[1] + "." + parts[2]), "/chat/threads"));
        refused(service.get(new User(user.id(), none + "." + parts[1] + "."), "/chat/threads"));
        assertThat(service.get(user, "/chat/threads").status()).isEqualTo(200);
    }

    @Test
    void token_and_signature_do_not_open_each_others_operations() {
        User user = service.user();
        refused(service.signed("GET", "/chat/threads", null));
        refused(service.post(user, "/identities", "{}"));
    }
}
