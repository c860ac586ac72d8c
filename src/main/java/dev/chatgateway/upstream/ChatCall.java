package dev.chatgateway.upstream;

import dev.chatgateway.event.UserToken;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One call of the chat service.
 *
 * @param threadId for operations of a thread; null for create and list threads
 * @param messageId for operations of one message
 * @param query parameters beside api-version, not yet encoded
 * @param repeatabilityId of a create call; makes it safe to repeat
 * @param address of the client, if the service has not accepted the token yet: the call counts for the address until it has
 * @param refusedBefore whether the service has refused such a token lately: such calls may use only a part of the
 *     address's windows
 * @param wanted whether somebody still waits for the result; asked on the caller's context before each attempt, as a call
 *     may wait for its rate windows or for a retry
 */
public record ChatCall(
        ChatOperation operation,
        UserToken token,
        @Nullable String threadId,
        @Nullable String messageId,
        Map<String, String> query,
        @Nullable JsonObject body,
        @Nullable String repeatabilityId,
        Priority priority,
        @Nullable String address,
        boolean refusedBefore,
        BooleanSupplier wanted) {
    /** A call without query and body. */
    public static ChatCall of(ChatOperation operation, UserToken token, @Nullable String threadId, Priority priority) {
        return new ChatCall(
                operation, token, threadId, null, Map.of(), null, null, priority, null, false, ChatCall::always);
    }

    private static boolean always() {
        return true;
    }

    /** The same call for one message. */
    public ChatCall message(String id) {
        return new ChatCall(
                operation, token, threadId, id, query, body, repeatabilityId, priority, address, refusedBefore, wanted);
    }

    /** The same call with these query parameters. */
    public ChatCall query(Map<String, String> parameters) {
        return new ChatCall(
                operation,
                token,
                threadId,
                messageId,
                parameters,
                body,
                repeatabilityId,
                priority,
                address,
                refusedBefore,
                wanted);
    }

    /** The same call with a body. */
    public ChatCall body(JsonObject json) {
        return new ChatCall(
                operation,
                token,
                threadId,
                messageId,
                query,
                json,
                repeatabilityId,
                priority,
                address,
                refusedBefore,
                wanted);
    }

    /** The same create call with an id that makes it repeatable. */
    public ChatCall repeatable(String id) {
        return new ChatCall(
                operation, token, threadId, messageId, query, body, id, priority, address, refusedBefore, wanted);
    }

    /** The same call with a token that is not proven, from a client at this address. */
    public ChatCall unproven(String client) {
        return new ChatCall(
                operation, token, threadId, messageId, query, body, repeatabilityId, priority, client, false, wanted);
    }

    /** The same call with a token that the service has refused lately, from a client at this address. */
    public ChatCall refusedBefore(String client) {
        return new ChatCall(
                operation, token, threadId, messageId, query, body, repeatabilityId, priority, client, true, wanted);
    }

    /** The same call, withdrawn as soon as nobody waits for its result. */
    public ChatCall whileWanted(BooleanSupplier stillWanted) {
        return new ChatCall(
                operation,
                token,
                threadId,
                messageId,
                query,
                body,
                repeatabilityId,
                priority,
                address,
                refusedBefore,
                stillWanted);
    }

    /** Without token and body. */
    @Override
    public String toString() {
        return "ChatCall[" + operation.label() + ", thread=" + threadId + ", priority=" + priority + "]";
    }
}
