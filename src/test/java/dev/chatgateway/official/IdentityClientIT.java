package dev.chatgateway.official;

import static com.azure.communication.identity.models.CommunicationTokenScope.CHAT;
import static com.azure.communication.identity.models.CommunicationTokenScope.VOIP;
import static dev.chatgateway.official.Errors.assertIdentityError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.azure.communication.common.CommunicationUserIdentifier;
import com.azure.communication.identity.CommunicationIdentityClient;
import com.azure.communication.identity.CommunicationIdentityClientBuilder;
import com.azure.communication.identity.models.CommunicationTokenScope;
import com.azure.communication.identity.models.CommunicationUserIdentifierAndToken;
import com.azure.communication.identity.models.GetTokenForTeamsUserOptions;
import com.azure.core.credential.AccessToken;
import com.azure.core.credential.AzureKeyCredential;
import com.azure.core.http.rest.Response;
import com.azure.core.util.Context;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;

/** CommunicationIdentityClient 1.4.10, synchronous (docs/service-reference.md, Identity). */
@OfficialClients
class IdentityClientIT {
    private static final String USER_ID = "8:acs:[0-9a-f-]{36}_[0-9a-f-]{36}";
    private static final String GUID = "00000000-0000-0000-0000-000000000000";
    private static final Duration HOUR = Duration.ofMinutes(60);
    private static final Duration DAY = Duration.ofMinutes(1440);

    private final OfficialTarget target;
    private final CommunicationIdentityClient client;

    IdentityClientIT(OfficialTarget target) {
        this.target = target;
        this.client = OfficialUser.identity(target);
    }

    @Test
    void users_get_distinct_ids_of_one_resource() {
        CommunicationUserIdentifier first = client.createUser();
        Response<CommunicationUserIdentifier> second = client.createUserWithResponse(Context.NONE);

        assertThat(second.getStatusCode()).isEqualTo(201);
        assertThat(first.getId())
                .matches(USER_ID)
                .isNotEqualTo(second.getValue().getId());
        assertThat(second.getValue().getId()).matches(USER_ID).startsWith(resourceOf(first));
    }

    @Test
    void a_user_comes_with_a_token_that_works_for_a_day_unless_told_otherwise() {
        CommunicationUserIdentifierAndToken plain = client.createUserAndToken(List.of(CHAT));
        CommunicationUserIdentifierAndToken hour = client.createUserAndToken(List.of(CHAT, VOIP), HOUR);
        Response<CommunicationUserIdentifierAndToken> plainResponse =
                client.createUserAndTokenWithResponse(List.of(CHAT), Context.NONE);
        Response<CommunicationUserIdentifierAndToken> hourResponse =
                client.createUserAndTokenWithResponse(List.of(CHAT), HOUR, Context.NONE);

        assertThat(plainResponse.getStatusCode()).isEqualTo(201);
        assertThat(hourResponse.getStatusCode()).isEqualTo(201);
        assertLife(plain.getUserToken(), DAY);
        assertLife(hour.getUserToken(), HOUR);
        assertLife(plainResponse.getValue().getUserToken(), DAY);
        assertLife(hourResponse.getValue().getUserToken(), HOUR);
        for (CommunicationUserIdentifierAndToken made :
                List.of(plain, hour, plainResponse.getValue(), hourResponse.getValue())) {
            assertUsable(made.getUser(), made.getUserToken());
        }
    }

    @Test
    void tokens_are_issued_for_an_existing_user() {
        CommunicationUserIdentifier user = client.createUser();
        AccessToken plain = client.getToken(user, List.of(CHAT));
        AccessToken hour = client.getToken(user, List.of(CHAT), HOUR);
        Response<AccessToken> plainResponse = client.getTokenWithResponse(user, List.of(CHAT), Context.NONE);
        Response<AccessToken> hourResponse = client.getTokenWithResponse(user, List.of(CHAT), HOUR, Context.NONE);

        assertThat(plainResponse.getStatusCode()).isEqualTo(200);
        assertThat(hourResponse.getStatusCode()).isEqualTo(200);
        assertLife(plain, DAY);
        assertLife(hour, HOUR);
        assertLife(plainResponse.getValue(), DAY);
        assertLife(hourResponse.getValue(), HOUR);
        for (AccessToken token : List.of(plain, hour, plainResponse.getValue(), hourResponse.getValue())) {
            assertUsable(user, token);
        }
    }

    @Test
    void revoking_ends_all_tokens_so_far_and_none_after() {
        CommunicationUserIdentifier user = client.createUser();
        AccessToken old = client.getToken(user, List.of(CHAT));
        assertUsable(user, old);

        client.revokeTokens(user);
        assertRefused(user, old);
        AccessToken fresh = client.getToken(user, List.of(CHAT));
        assertUsable(user, fresh);

        assertThat(client.revokeTokensWithResponse(user, Context.NONE).getStatusCode())
                .isEqualTo(204);
        assertRefused(user, fresh);
        assertUsable(user, client.getToken(user, List.of(CHAT)));
    }

    @Test
    void a_deleted_user_has_no_token_and_gets_none() {
        CommunicationUserIdentifierAndToken made = client.createUserAndToken(List.of(CHAT));
        client.deleteUser(made.getUser());

        assertRefused(made.getUser(), made.getUserToken());
        assertIdentityError(() -> client.getToken(made.getUser(), List.of(CHAT)), 404, "NotFound");
        assertThat(client.deleteUserWithResponse(client.createUser(), Context.NONE)
                        .getStatusCode())
                .isEqualTo(204);
    }

    @Test
    void a_key_credential_is_as_good_as_a_connection_string() {
        CommunicationIdentityClient byKey = new CommunicationIdentityClientBuilder()
                .endpoint(target.identityEndpoint())
                .credential(new AzureKeyCredential(target.accessKey()))
                .buildClient();

        assertThat(resourceOf(byKey.createUser())).isEqualTo(resourceOf(client.createUser()));
    }

    @Test
    void a_wrong_key_is_refused() {
        CommunicationIdentityClient stranger = new CommunicationIdentityClientBuilder()
                .endpoint(target.identityEndpoint())
                .credential(new AzureKeyCredential("bm90IHRoZSBrZXkgb2YgdGhpcyByZXNvdXJjZQ=="))
                .buildClient();

        assertIdentityError(stranger::createUser, 401, "Unauthorized");
    }

    @Test
    void bad_input_is_400_with_a_code() {
        CommunicationUserIdentifier user = client.createUser();

        assertIdentityError(
                () -> client.getToken(user, List.of(CommunicationTokenScope.fromString("email"))), 400, "BadRequest");
        assertIdentityError(() -> client.getToken(user, List.of()), 400, "ValidationError");
    }

    @Test
    void lifetimes_outside_of_an_hour_to_a_day_are_refused() {
        CommunicationUserIdentifier user = client.createUser();

        assertIdentityError(() -> client.getToken(user, List.of(CHAT), Duration.ofMinutes(59)), 400, "ValidationError");
        assertIdentityError(
                () -> client.getToken(user, List.of(CHAT), Duration.ofMinutes(1441)), 400, "ValidationError");
    }

    @Test
    void identity_of_another_resource_is_not_owned() {
        CommunicationUserIdentifier foreign = new CommunicationUserIdentifier("8:acs:" + GUID + "_" + GUID);

        assertIdentityError(() -> client.getToken(foreign, List.of(CHAT)), 401, "IdentityNotOwned");
        assertIdentityError(() -> client.revokeTokens(foreign), 401, "IdentityNotOwned");
        assertIdentityError(() -> client.deleteUser(foreign), 401, "IdentityNotOwned");
    }

    /** No token is good here, as there is no Entra ID that could issue one. */
    @Test
    void teams_exchange_with_a_bad_token_is_401() {
        for (String token : List.of("", "invalid", "a.b.c")) {
            GetTokenForTeamsUserOptions options = new GetTokenForTeamsUserOptions(token, GUID, GUID);

            assertIdentityError(() -> client.getTokenForTeamsUser(options), 401, "InvalidAccessToken");
            assertIdentityError(
                    () -> client.getTokenForTeamsUserWithResponse(options, Context.NONE), 401, "InvalidAccessToken");
        }
    }

    @Test
    void teams_exchange_without_guids_is_a_validation_error() {
        for (String id : List.of("", "invalid")) {
            assertIdentityError(
                    () -> client.getTokenForTeamsUser(new GetTokenForTeamsUserOptions("a.b.c", id, GUID)),
                    400,
                    "ValidationError");
            assertIdentityError(
                    () -> client.getTokenForTeamsUser(new GetTokenForTeamsUserOptions("a.b.c", GUID, id)),
                    400,
                    "ValidationError");
        }
    }

    private void assertUsable(CommunicationUserIdentifier user, AccessToken token) {
        assertThat(new OfficialUser(target, user, token.getToken()).chat().listChatThreads())
                .isEmpty();
    }

    private void assertRefused(CommunicationUserIdentifier user, AccessToken token) {
        Errors.assertChatError(
                () -> new OfficialUser(target, user, token.getToken())
                        .chat().listChatThreads().stream().count(),
                401,
                "Unauthorized");
    }

    static void assertLife(AccessToken token, Duration life) {
        assertThat(token.getExpiresAt()).isCloseTo(OffsetDateTime.now().plus(life), within(2, ChronoUnit.MINUTES));
    }

    private static String resourceOf(CommunicationUserIdentifier user) {
        return user.getId().substring(0, user.getId().indexOf('_'));
    }
}
