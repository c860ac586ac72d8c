package dev.chatgateway.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Identities, signatures, tokens and scopes over HTTP. */
class IdentityOperationsTest {
    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.clocked(false);

    private final TestService service = FIXTURE.memory();

    @Test
    void a_user_is_made_with_or_without_a_token() {
        Answer bare = service.signed("POST", "/identities", null);
        Answer empty =
                service.signed("POST", "/identities", "{\"createTokenWithScopes\":null,\"expiresInMinutes\":null}");
        Answer full = service.signed(
                "POST", "/identities", "{\"createTokenWithScopes\":[\"chat\",\"voip\"],\"expiresInMinutes\":60}");

        for (Answer made : new Answer[] {bare, empty}) {
            assertThat(made.status()).isEqualTo(201);
            assertThat(made.text("identity.id"))
                    .matches("8:acs:[0-9a-f-]{36}_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
            assertThat(made.json().has("accessToken")).isFalse();
        }
        String end = full.text("accessToken.expiresOn");
        assertThat(end).endsWith(".0000000+00:00");
        assertThat(OffsetDateTime.parse(end).toInstant())
                .isEqualTo(FIXTURE.clock().instant().plus(Duration.ofMinutes(60)));
    }

    @Test
    void a_token_can_be_read_by_all_official_clients() throws IOException {
        User user = service.user("chat", "voip");
        String[] parts = user.token().split("\\.");

        assertThat(parts).hasSize(3);
        assertThat(parts[1]).doesNotContain("-", "_");
        String payload = new String(Base64.getDecoder().decode(parts[1]), StandardCharsets.US_ASCII);
        JsonNode claims = new ObjectMapper().readTree(payload);
        assertThat(payload).containsPattern("\"exp\":\\d{10},");
        assertThat("8:" + claims.path("skypeid").asText()).isEqualTo(user.id());
        assertThat(claims.path("acsScope").asText()).isEqualTo("chat,voip");
        assertThat(claims.path("csi").asText())
                .isEqualTo(claims.path("iat").asText())
                .isEqualTo(Long.toString(FIXTURE.clock().millis() / 1000));
        assertThat(user.id()).contains(claims.path("resourceId").asText());
    }

    @Test
    void a_token_is_issued_and_ends_in_time() {
        String id = service.signed("POST", "/identities", "{}").text("identity.id");
        String path = "/identities/" + id.replace(":", "%3A") + "/:issueAccessToken";
        Answer issued = service.signed("POST", path, "{\"scopes\":[\"chat\"],\"expiresInMinutes\":60}");
        assertThat(issued.status()).isEqualTo(200);
        User user = new User(id, issued.text("token"));

        assertThat(service.get(user, "/chat/threads").status()).isEqualTo(200);
        FIXTURE.clock().advance(Duration.ofMinutes(61));
        Answer late = service.get(user, "/chat/threads");
        assertThat(late.status()).isEqualTo(401);
        assertThat(late.code()).isEqualTo("Unauthorized");
        assertThat(late.header("Retry-After")).isNull();
    }

    @Test
    void revocation_ends_old_tokens_and_no_new_ones_even_in_the_same_second() {
        User user = service.user();

        Answer revoked = service.signed("POST", "/identities/" + user.id() + "/:revokeAccessTokens", null);

        assertThat(revoked.status()).isEqualTo(204);
        assertThat(service.get(user, "/chat/threads").status()).isEqualTo(401);
        assertThat(service.get(service.tokenFor(user.id(), "chat"), "/chat/threads")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void a_deleted_identity_is_gone() {
        User user = service.user();

        assertThat(service.signed("DELETE", "/identities/" + user.id(), null).status())
                .isEqualTo(204);

        assertThat(service.get(user, "/chat/threads").status()).isEqualTo(401);
        assertThat(service.signed("DELETE", "/identities/" + user.id(), null).status())
                .isEqualTo(404);
        Answer issue =
                service.signed("POST", "/identities/" + user.id() + "/:issueAccessToken", "{\"scopes\":[\"chat\"]}");
        assertThat(issue.status()).isEqualTo(404);
        assertThat(issue.code()).isEqualTo("NotFound");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"createTokenWithScopes\":[\"fly\"]}",
                "{\"createTokenWithScopes\":\"chat\"}",
                "{\"createTokenWithScopes\":[\"chat\"],\"expiresInMinutes\":59}",
                "{\"createTokenWithScopes\":[\"chat\"],\"expiresInMinutes\":1441}",
                "{\"createTokenWithScopes\":[\"chat\"],\"expiresInMinutes\":60.5}",
                "{\"createTokenWithScopes\":[\"chat\"],\"expiresInMinutes\":\"60\"}",
                "[]",
                "{"
            })
    void bad_bodies_are_refused(String body) {
        Answer answer = service.signed("POST", "/identities", body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("BadRequest");
    }

    @Test
    void a_token_needs_scopes() {
        User user = service.user();
        Answer answer = service.signed("POST", "/identities/" + user.id() + "/:issueAccessToken", "{\"scopes\":[]}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text("error.message")).isEqualTo("scopes: missing (expected: at least one scope)");
    }

    @Test
    void the_request_id_is_echoed_by_identity_only() {
        String body = "{}";
        Answer identity = service.send(service.sign(
                        TestService.request(service.uri("/identities"), "POST", body),
                        "POST",
                        "/identities?" + TestService.VERSION,
                        service.uri("/").getAuthority(),
                        body,
                        TestService.KEY)
                .header("x-ms-client-request-id", "abc-1")
                .build());
        User user = service.user();
        Answer chat = service.send(HttpRequest.newBuilder(service.uri("/chat/threads"))
                .header("Authorization", "Bearer " + user.token())
                .header("x-ms-client-request-id", "abc-2")
                .build());

        assertThat(identity.header("x-ms-client-request-id")).isEqualTo("abc-1");
        assertThat(identity.header("api-supported-versions")).contains("2023-10-01");
        assertThat(chat.header("x-ms-client-request-id")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "chat, 201, 204, 201, 201, 200",
        "chat.join, 403, 403, 201, 201, 200",
        "chat.join.limited, 403, 403, 403, 201, 200",
        "voip, 401, 401, 401, 401, 401"
    })
    void scopes_open_what_they_should(String scope, int create, int update, int add, int send, int list) {
        User owner = service.user();
        User limited = service.user(scope);
        String path = "/chat/threads/" + service.thread(owner, limited);

        assertThat(service.post(limited, "/chat/threads", "{\"topic\":\"x\"}").status())
                .isEqualTo(create);
        assertThat(service.call(limited, "PATCH", path, "{\"topic\":\"x\"}").status())
                .isEqualTo(update);
        assertThat(service.post(
                                limited,
                                path + "/participants/:add",
                                "{\"participants\":[" + TestService.participant(service.user()) + "]}")
                        .status())
                .isEqualTo(add);
        assertThat(service.post(limited, path + "/messages", "{\"content\":\"x\"}")
                        .status())
                .isEqualTo(send);
        for (String read : new String[] {"/chat/threads", path, path + "/messages", path + "/participants"}) {
            assertThat(service.get(limited, read).status()).as(read).isEqualTo(list);
        }
        assertThat(service.post(limited, path + "/typing", null).status()).isEqualTo(list);
        assertThat(service.call(limited, "DELETE", path, null).status()).isEqualTo(update);
    }
}
