package dev.chatgateway.official;

import static dev.chatgateway.official.Errors.assertChatError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.azure.communication.chat.ChatClientBuilder;
import com.azure.communication.chat.ChatThreadClient;
import com.azure.communication.chat.models.ChatErrorResponseException;
import com.azure.communication.chat.models.SendChatMessageOptions;
import com.azure.communication.common.CommunicationTokenCredential;
import com.azure.communication.identity.models.CommunicationTokenScope;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.policy.FixedDelayOptions;
import com.azure.core.http.policy.RetryOptions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Rate limits (docs/service-reference.md, Rate limits) and expiry of a token, with the limits on. */
class LimitsIT {
    @Test
    void a_client_waits_as_it_is_told_and_loses_nothing() {
        try (EmbeddedTarget service = EmbeddedTarget.start(true, Clock.systemUTC())) {
            OfficialUser alice = OfficialUser.create(service.target());
            ChatThreadClient impatient = withoutRetries(alice, alice.createThread("limits"));
            int sent = 0;
            ChatErrorResponseException refusal = null;
            while (refusal == null && sent < 40) {
                refusal = catchThrowableOfType(
                        ChatErrorResponseException.class, () -> impatient.sendMessage(message("impatient")));
                sent += refusal == null ? 1 : 0;
            }

            assertThat(sent).isBetween(10, 30);
            assertThat(refusal).isNotNull();
            assertThat(refusal.getResponse().getStatusCode()).isEqualTo(429);
            assertThat(refusal.getValue().getCode()).isEqualTo("TooManyRequests");
            assertThat(Integer.parseInt(refusal.getResponse().getHeaderValue(HttpHeaderName.RETRY_AFTER)))
                    .isBetween(1, 60);

            ChatThreadClient patient = alice.thread(impatient.getChatThreadId());
            String id = patient.sendMessage(message("patient")).getId();
            assertThat(patient.getMessage(id).getContent().getMessage()).isEqualTo("patient");
            assertThat(patient.listMessages()).hasSize(2 + sent + 1);
        }
    }

    @Test
    void a_token_ends_after_its_lifetime() {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
        InstantSource source = now::get;
        try (EmbeddedTarget service = EmbeddedTarget.start(false, source.withZone(ZoneOffset.UTC))) {
            OfficialUser alice = OfficialUser.create(service.target());
            String token = OfficialUser.identity(service.target())
                    .getToken(alice.id(), List.of(CommunicationTokenScope.CHAT), Duration.ofMinutes(60))
                    .getToken();
            OfficialUser shortLived = alice.withToken(token);
            assertThat(shortLived.chat().listChatThreads()).isEmpty();

            now.updateAndGet(instant -> instant.plus(Duration.ofMinutes(61)));
            assertChatError(() -> shortLived.chat().listChatThreads().stream().count(), 401, "Unauthorized");
            assertThat(alice.chat().listChatThreads()).isEmpty();
        }
    }

    private static ChatThreadClient withoutRetries(OfficialUser user, String threadId) {
        return new ChatClientBuilder()
                .endpoint(user.target().chatEndpoint())
                .credential(new CommunicationTokenCredential(user.token()))
                .retryOptions(new RetryOptions(new FixedDelayOptions(0, Duration.ofMillis(1))))
                .buildClient()
                .getChatThreadClient(threadId);
    }

    private static SendChatMessageOptions message(String content) {
        return new SendChatMessageOptions().setContent(content);
    }
}
