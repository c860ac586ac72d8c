package dev.chatgateway.official;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.communication.chat.ChatClient;
import com.azure.communication.chat.ChatClientBuilder;
import com.azure.communication.common.CommunicationTokenCredential;
import com.azure.communication.common.CommunicationTokenRefreshOptions;
import com.azure.communication.identity.CommunicationIdentityClient;
import com.azure.communication.identity.models.CommunicationTokenScope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A refreshing credential reads the expiry of the service's tokens (docs/service-reference.md, Identity). */
@OfficialClients
class CredentialIT {
    private final OfficialUser alice;
    private final CommunicationIdentityClient identity;
    private final AtomicInteger fetched = new AtomicInteger();

    CredentialIT(OfficialTarget target) {
        alice = OfficialUser.create(target);
        identity = OfficialUser.identity(target);
    }

    @Test
    void a_token_is_fetched_once_and_used_while_it_lives() throws IOException {
        assertFetchedOnce(new CommunicationTokenRefreshOptions(this::fetch));
    }

    @Test
    void an_expired_token_is_replaced() throws IOException {
        assertFetchedOnce(new CommunicationTokenRefreshOptions(this::fetch).setInitialToken(expired()));
    }

    @Test
    void a_proactive_credential_leaves_a_fresh_token_alone() throws IOException {
        CommunicationTokenRefreshOptions options =
                new CommunicationTokenRefreshOptions(() -> Mono.fromSupplier(this::fetch), true, alice.token());
        try (CommunicationTokenCredential credential = new CommunicationTokenCredential(options)) {
            assertThat(chat(credential).listChatThreads()).isEmpty();
        }
        assertThat(fetched).hasValue(0);
    }

    private void assertFetchedOnce(CommunicationTokenRefreshOptions options) throws IOException {
        try (CommunicationTokenCredential credential = new CommunicationTokenCredential(options)) {
            assertThat(chat(credential).listChatThreads()).isEmpty();
            assertThat(chat(credential).listChatThreads()).isEmpty();
        }
        assertThat(fetched).hasValue(1);
    }

    private ChatClient chat(CommunicationTokenCredential credential) {
        return new ChatClientBuilder()
                .endpoint(alice.target().chatEndpoint())
                .credential(credential)
                .buildClient();
    }

    private String fetch() {
        fetched.incrementAndGet();
        return identity.getToken(alice.id(), List.of(CommunicationTokenScope.CHAT))
                .getToken();
    }

    /** Only the client reads it: it never leaves the credential. */
    private static String expired() {
        String claims = "{\"exp\":" + Instant.now().minusSeconds(60).getEpochSecond() + "}";
        return "e30." + Base64.getEncoder().encodeToString(claims.getBytes(StandardCharsets.US_ASCII)) + ".c2ln";
    }
}
