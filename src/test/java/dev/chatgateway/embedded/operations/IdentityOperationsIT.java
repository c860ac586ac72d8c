package dev.chatgateway.embedded.operations;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.chatgateway.embedded.ServiceFixture;
import dev.chatgateway.embedded.TestService;
import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Identities, signatures, tokens and scopes over HTTP. */
class IdentityOperationsIT {
    private static final String GUID = "11111111-1111-1111-1111-111111111111";
    private static final String FOREIGN_USER = "8:acs:" + GUID + "_00000001-0000-0000-0000-000000000000";

    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.clocked(false);

    private final TestService service = FIXTURE.memory();

    @Test
    void identity_is_created_with_or_without_a_token() {
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
        assertThat(OffsetDateTime.parse(full.text("accessToken.expiresOn")).toInstant())
                .isEqualTo(FIXTURE.clock().instant().plus(Duration.ofMinutes(60)));
    }

    @ParameterizedTest
    @CsvSource({"0, ''", "100, .1", "120, .12", "123, .123"})
    void expires_on_has_no_trailing_zeros(int millis, String fraction) {
        FIXTURE.clock().advance(Duration.ofMillis(millis - FIXTURE.clock().millis() % 1000));

        Answer made = service.signed("POST", "/identities", "{\"createTokenWithScopes\":[\"chat\"]}");

        assertThat(made.text("accessToken.expiresOn"))
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d" + fraction.replace(".", "\\.") + "\\+00:00");
    }

    @Test
    void custom_id_belongs_to_one_identity() {
        Answer first = service.signed("POST", "/identities", "{\"customId\":\"bob@contoso.com\"}");
        Answer again = service.signed("POST", "/identities", "{\"customId\":\"bob@contoso.com\"}");
        Answer other = service.signed("POST", "/identities", "{\"customId\":\"eve@contoso.com\"}");
        service.signed("DELETE", "/identities/" + other.text("identity.id"), null);
        Answer anew = service.signed("POST", "/identities", "{\"customId\":\"eve@contoso.com\"}");

        assertThat(first.status()).isEqualTo(201);
        assertThat(again.status()).isEqualTo(201);
        assertThat(first.text("identity.customId")).isEqualTo("bob@contoso.com");
        assertThat(first.json().at("/identity").has("lastTokenIssuedAt")).isFalse();
        assertThat(again.json()).isEqualTo(first.json());
        assertThat(anew.text("identity.id")).isNotEqualTo(other.text("identity.id"));
    }

    @Test
    void identity_has_custom_id_and_time_of_its_last_token() {
        Answer made = service.signed(
                "POST", "/identities", "{\"customId\":\"alice@contoso.com\",\"createTokenWithScopes\":[\"chat\"]}");
        String path = "/identities/" + made.text("identity.id");
        String second =
                FIXTURE.clock().instant().truncatedTo(ChronoUnit.SECONDS).toString();

        Answer read = service.signed("GET", path, null);
        assertThat(read.status()).isEqualTo(200);
        assertThat(read.json()).isEqualTo(made.json().at("/identity"));
        assertThat(read.text("customId")).isEqualTo("alice@contoso.com");
        assertThat(read.text("lastTokenIssuedAt")).isEqualTo(second.replace("Z", "+00:00"));

        FIXTURE.clock().advance(Duration.ofSeconds(5));
        service.signed("POST", path + "/:issueAccessToken", "{\"scopes\":[\"chat\"]}");
        service.signed("POST", path + "/:revokeAccessTokens", null);
        assertThat(service.signed("GET", path, null).text("lastTokenIssuedAt")).isGreaterThan(second);
        assertThat(service.signed("GET", path + "?api-version=2023-10-01", null).json())
                .hasToString("{\"id\":\"" + made.text("identity.id") + "\"}");
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
    void revocation_ends_only_tokens_issued_before_it() {
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

    private static void refused(Answer answer, int status, String code, String message, String target) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.code()).isEqualTo(code);
        assertThat(answer.text("error.message")).isEqualTo(message);
        assertThat(answer.text("error.target")).isEqualTo(target);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"scopes\":[]}", "{}"})
    void a_token_without_scopes_is_a_validation_error(String body) {
        Answer answer = service.signed("POST", "/identities/" + service.user().id() + "/:issueAccessToken", body);

        refused(answer, 400, "ValidationError", "Invalid scopes - Scopes field is required.", "scopes");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 59, 1441})
    void a_lifetime_out_of_range_is_a_validation_error(int minutes) {
        String message =
                "ExpiresInMinutes value " + minutes + " is invalid. Value must be within the [60, 1440] interval.";
        String issue = "/identities/" + service.user().id() + "/:issueAccessToken";

        Answer created = service.signed(
                "POST", "/identities", "{\"createTokenWithScopes\":[\"chat\"],\"expiresInMinutes\":" + minutes + "}");
        Answer issued = service.signed("POST", issue, "{\"scopes\":[\"chat\"],\"expiresInMinutes\":" + minutes + "}");

        refused(created, 400, "ValidationError", message, "ExpiresInMinutes");
        refused(issued, 400, "ValidationError", message, "ExpiresInMinutes");
    }

    @ParameterizedTest
    @ValueSource(strings = {FOREIGN_USER, "someone"})
    void identity_of_another_resource_is_not_owned(String id) {
        String path = "/identities/" + id;
        for (Answer answer : new Answer[] {
            service.signed("GET", path, null),
            service.signed("POST", path + "/:issueAccessToken", "{\"scopes\":[\"chat\"]}"),
            service.signed("POST", path + "/:revokeAccessTokens", null),
            service.signed("DELETE", path, null)
        }) {
            refused(answer, 401, "IdentityNotOwned", "Provided identity doesn't belong to the resource.", null);
        }
    }

    @Test
    void teams_exchange_refuses_every_token() {
        for (String token : new String[] {"\"\"", "\"a.b.c\"", "null"}) {
            Answer answer =
                    exchange("{\"token\":" + token + ",\"appId\":\"" + GUID + "\",\"userId\":\"" + GUID + "\"}");

            refused(answer, 401, "InvalidAccessToken", "Provided access token is not valid.", null);
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {
                "null, AppId, AppId: The AppId field is required.",
                "'', AppId, AppId: The AppId field is required.",
                "someone, appId, Provided AppId has invalid format."
            })
    void teams_exchange_names_a_bad_app_id(String appId, String target, String message) {
        Answer answer = exchange("{\"token\":\"a\",\"userId\":\"" + GUID + "\",\"appId\":" + quoted(appId) + "}");

        refused(answer, 400, "ValidationError", message, target);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {
                "null, UserId, UserId: The UserId field is required.",
                "'', UserId, UserId: The UserId field is required.",
                "someone, userId, Provided UserId has invalid format."
            })
    void teams_exchange_names_a_bad_user_id(String userId, String target, String message) {
        Answer answer = exchange("{\"token\":\"a\",\"appId\":\"" + GUID + "\",\"userId\":" + quoted(userId) + "}");

        refused(answer, 400, "ValidationError", message, target);
    }

    private Answer exchange(String body) {
        return service.signed("POST", "/teamsUser/:exchangeAccessToken", body);
    }

    private static String quoted(String value) {
        return value == null ? "null" : "\"" + value + "\"";
    }

    @ParameterizedTest
    @CsvSource({
        "chat, 201, 204, 201, 201, 200",
        "chat.join, 403, 403, 201, 201, 200",
        "chat.join.limited, 403, 403, 403, 201, 200",
        "voip, 401, 401, 401, 401, 401"
    })
    void scope_decides_which_operations_are_allowed(String scope, int create, int update, int add, int send, int list) {
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
