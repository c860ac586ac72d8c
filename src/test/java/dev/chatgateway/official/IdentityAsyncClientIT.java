package dev.chatgateway.official;

import static com.azure.communication.identity.models.CommunicationTokenScope.CHAT;
import static dev.chatgateway.official.Async.await;
import static dev.chatgateway.official.Async.done;
import static dev.chatgateway.official.Errors.assertIdentityError;
import static dev.chatgateway.official.IdentityClientIT.assertLife;
import static org.assertj.core.api.Assertions.assertThat;

import com.azure.communication.common.CommunicationUserIdentifier;
import com.azure.communication.identity.CommunicationIdentityAsyncClient;
import com.azure.communication.identity.CommunicationIdentityClientBuilder;
import com.azure.communication.identity.models.CommunicationUserIdentifierAndToken;
import com.azure.communication.identity.models.GetTokenForTeamsUserOptions;
import com.azure.core.credential.AccessToken;
import com.azure.core.http.rest.Response;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** CommunicationIdentityAsyncClient 1.4.10 (docs/service-reference.md, Identity). */
@OfficialClients
class IdentityAsyncClientIT {
    private static final String GUID = "00000000-0000-0000-0000-000000000000";
    private static final Duration HOUR = Duration.ofMinutes(60);
    private static final Duration DAY = Duration.ofMinutes(1440);

    private final OfficialTarget target;
    private final CommunicationIdentityAsyncClient client;

    IdentityAsyncClientIT(OfficialTarget target) {
        this.target = target;
        this.client = new CommunicationIdentityClientBuilder()
                .connectionString(target.connectionString())
                .buildAsyncClient();
    }

    @Test
    void users_are_created_and_deleted() {
        CommunicationUserIdentifier first = await(client.createUser());
        Response<CommunicationUserIdentifier> second = await(client.createUserWithResponse());

        assertThat(second.getStatusCode()).isEqualTo(201);
        assertThat(second.getValue()).isNotEqualTo(first);
        done(client.deleteUser(first));
        assertThat(await(client.deleteUserWithResponse(second.getValue())).getStatusCode())
                .isEqualTo(204);
        assertIdentityError(() -> await(client.getToken(first, List.of(CHAT))), 404, "NotFound");
        assertIdentityError(() -> await(client.getToken(second.getValue(), List.of(CHAT))), 404, "NotFound");
    }

    @Test
    void users_come_with_tokens() {
        CommunicationUserIdentifierAndToken plain = await(client.createUserAndToken(List.of(CHAT)));
        CommunicationUserIdentifierAndToken hour = await(client.createUserAndToken(List.of(CHAT), HOUR));
        Response<CommunicationUserIdentifierAndToken> plainResponse =
                await(client.createUserAndTokenWithResponse(List.of(CHAT)));
        Response<CommunicationUserIdentifierAndToken> hourResponse =
                await(client.createUserAndTokenWithResponse(List.of(CHAT), HOUR));

        assertThat(plainResponse.getStatusCode()).isEqualTo(201);
        assertThat(hourResponse.getStatusCode()).isEqualTo(201);
        assertLife(plain.getUserToken(), DAY);
        assertLife(hour.getUserToken(), HOUR);
        assertLife(plainResponse.getValue().getUserToken(), DAY);
        assertLife(hourResponse.getValue().getUserToken(), HOUR);
        assertUsable(plain.getUser(), plain.getUserToken());
    }

    @Test
    void tokens_are_issued_and_revoked() {
        CommunicationUserIdentifier user = await(client.createUser());
        AccessToken plain = await(client.getToken(user, List.of(CHAT)));
        AccessToken hour = await(client.getToken(user, List.of(CHAT), HOUR));
        Response<AccessToken> plainResponse = await(client.getTokenWithResponse(user, List.of(CHAT)));
        Response<AccessToken> hourResponse = await(client.getTokenWithResponse(user, List.of(CHAT), HOUR));
        assertThat(plainResponse.getStatusCode()).isEqualTo(200);
        assertThat(hourResponse.getStatusCode()).isEqualTo(200);
        assertLife(plain, DAY);
        assertLife(hour, HOUR);
        assertLife(hourResponse.getValue(), HOUR);
        assertUsable(user, plainResponse.getValue());

        done(client.revokeTokens(user));
        Errors.assertChatError(() -> threadsOf(user, plain), 401, "Unauthorized");
        assertThat(await(client.revokeTokensWithResponse(user)).getStatusCode()).isEqualTo(204);
        assertUsable(user, await(client.getToken(user, List.of(CHAT))));
    }

    @Test
    void identity_of_another_resource_is_not_owned() {
        CommunicationUserIdentifier foreign = new CommunicationUserIdentifier("8:acs:" + GUID + "_" + GUID);

        assertIdentityError(() -> await(client.getToken(foreign, List.of(CHAT))), 401, "IdentityNotOwned");
        assertIdentityError(() -> done(client.revokeTokens(foreign)), 401, "IdentityNotOwned");
        assertIdentityError(() -> done(client.deleteUser(foreign)), 401, "IdentityNotOwned");
    }

    @Test
    void teams_exchange_with_a_bad_token_is_401() {
        GetTokenForTeamsUserOptions options = new GetTokenForTeamsUserOptions("a.b.c", GUID, GUID);

        assertIdentityError(() -> await(client.getTokenForTeamsUser(options)), 401, "InvalidAccessToken");
        assertIdentityError(() -> await(client.getTokenForTeamsUserWithResponse(options)), 401, "InvalidAccessToken");
    }

    private void assertUsable(CommunicationUserIdentifier user, AccessToken token) {
        assertThat(threadsOf(user, token)).isEmpty();
    }

    private List<?> threadsOf(CommunicationUserIdentifier user, AccessToken token) {
        return Async.all(
                new OfficialUser(target, user, token.getToken()).chatAsync().listChatThreads());
    }
}
