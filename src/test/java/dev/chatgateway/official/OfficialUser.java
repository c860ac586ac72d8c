package dev.chatgateway.official;

import com.azure.communication.chat.ChatAsyncClient;
import com.azure.communication.chat.ChatClient;
import com.azure.communication.chat.ChatClientBuilder;
import com.azure.communication.chat.ChatThreadAsyncClient;
import com.azure.communication.chat.ChatThreadClient;
import com.azure.communication.chat.models.ChatParticipant;
import com.azure.communication.chat.models.CreateChatThreadOptions;
import com.azure.communication.common.CommunicationTokenCredential;
import com.azure.communication.common.CommunicationUserIdentifier;
import com.azure.communication.identity.CommunicationIdentityClient;
import com.azure.communication.identity.CommunicationIdentityClientBuilder;
import com.azure.communication.identity.models.CommunicationTokenScope;
import com.azure.communication.identity.models.CommunicationUserIdentifierAndToken;
import java.util.List;

/** A user with a token, and the clients it would build: with nothing but endpoint and credential. */
record OfficialUser(OfficialTarget target, CommunicationUserIdentifier id, String token) {
    static OfficialUser create(OfficialTarget target) {
        return create(target, CommunicationTokenScope.CHAT);
    }

    static OfficialUser create(OfficialTarget target, CommunicationTokenScope scope) {
        CommunicationUserIdentifierAndToken made = identity(target).createUserAndToken(List.of(scope));
        return new OfficialUser(target, made.getUser(), made.getUserToken().getToken());
    }

    static CommunicationIdentityClient identity(OfficialTarget target) {
        return new CommunicationIdentityClientBuilder()
                .connectionString(target.connectionString())
                .buildClient();
    }

    OfficialUser withToken(String other) {
        return new OfficialUser(target, id, other);
    }

    ChatClient chat() {
        return builder().buildClient();
    }

    ChatAsyncClient chatAsync() {
        return builder().buildAsyncClient();
    }

    ChatThreadClient thread(String threadId) {
        return chat().getChatThreadClient(threadId);
    }

    ChatThreadAsyncClient threadAsync(String threadId) {
        return chatAsync().getChatThreadClient(threadId);
    }

    /** Creates a thread with these others in it and returns its id. */
    String createThread(String topic, OfficialUser... others) {
        CreateChatThreadOptions options = new CreateChatThreadOptions(topic);
        for (OfficialUser other : others) {
            options.addParticipant(other.participant());
        }
        return chat().createChatThread(options).getChatThread().getId();
    }

    ChatParticipant participant() {
        return new ChatParticipant().setCommunicationIdentifier(id);
    }

    ChatParticipant participant(String displayName) {
        return participant().setDisplayName(displayName);
    }

    private ChatClientBuilder builder() {
        return new ChatClientBuilder()
                .endpoint(target.chatEndpoint())
                .credential(new CommunicationTokenCredential(token));
    }
}
