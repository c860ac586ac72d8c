package dev.chatgateway.official;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.communication.chat.models.ChatErrorResponseException;
import com.azure.communication.identity.implementation.models.CommunicationErrorResponseException;
import com.azure.communication.identity.models.IdentityErrorResponseException;
import com.azure.core.exception.HttpResponseException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** The exceptions that the clients make of error bodies (docs/service-reference.md, Errors and retries). */
final class Errors {
    private Errors() {}

    static void assertChatError(ThrowingCallable call, int status, String code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ChatErrorResponseException.class, e -> {
            assertThat(e.getResponse().getStatusCode()).isEqualTo(status);
            assertThat(e.getValue().getCode()).isEqualTo(code);
            assertThat(e.getValue().getMessage()).isNotBlank();
        });
    }

    static void assertIdentityError(ThrowingCallable call, int status, String code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(HttpResponseException.class, e -> {
            assertThat(e.getResponse().getStatusCode()).isEqualTo(status);
            assertThat(codeOf(e)).isEqualTo(code);
        });
    }

    /** The synchronous client 1.4.10 lets an exception of its implementation through, the asynchronous one translates it. */
    private static String codeOf(HttpResponseException e) {
        if (e instanceof CommunicationErrorResponseException untranslated) {
            return untranslated.getValue().getError().getCode();
        }
        return ((IdentityErrorResponseException) e).getValue().getCode();
    }
}
