package dev.chatgateway.official;

import static dev.chatgateway.official.Async.await;
import static dev.chatgateway.official.Async.done;
import static dev.chatgateway.official.Errors.assertChatError;
import static org.assertj.core.api.Assertions.assertThat;

import com.azure.communication.chat.ChatThreadAsyncClient;
import com.azure.communication.chat.ChatThreadClient;
import com.azure.communication.chat.models.ChatMessageType;
import com.azure.communication.chat.models.ChatParticipant;
import com.azure.communication.chat.models.CreateChatThreadOptions;
import com.azure.communication.chat.models.SendChatMessageOptions;
import com.azure.communication.chat.models.UpdateChatMessageOptions;
import com.azure.communication.common.CommunicationUserIdentifier;
import com.azure.communication.identity.models.CommunicationTokenScope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Status and code of refusals in the Java client 1.4.0 (docs/service-reference.md, Errors and retries). */
@OfficialClients
class ErrorIT {
    private static final String NO_THREAD = "19:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA1@thread.v2";
    private static final String NO_MESSAGE = "1600000000000";

    private final OfficialTarget target;
    private final OfficialUser alice;
    private final OfficialUser outsider;
    private final String threadId;
    private final String messageId;

    ErrorIT(OfficialTarget target) {
        this.target = target;
        alice = OfficialUser.create(target);
        outsider = OfficialUser.create(target);
        threadId = alice.createThread("errors");
        messageId = alice.thread(threadId)
                .sendMessage(new SendChatMessageOptions().setContent("hello"))
                .getId();
    }

    @TestFactory
    List<DynamicTest> an_outsider_gets_403_from_every_operation_on_a_thread() {
        Map<String, ThrowingCallable> calls =
                operations(outsider.thread(threadId), outsider.threadAsync(threadId), messageId);
        calls.put("deleteChatThread", () -> outsider.chat().deleteChatThread(threadId));
        calls.put("deleteChatThread async", () -> done(outsider.chatAsync().deleteChatThread(threadId)));
        return tests(calls, 403, "Forbidden");
    }

    @TestFactory
    List<DynamicTest> an_unknown_thread_is_404_for_every_operation() {
        Map<String, ThrowingCallable> calls =
                operations(alice.thread(NO_THREAD), alice.threadAsync(NO_THREAD), NO_MESSAGE);
        calls.put("deleteChatThread", () -> alice.chat().deleteChatThread(NO_THREAD));
        return tests(calls, 404, "NotFound");
    }

    @TestFactory
    List<DynamicTest> a_forged_token_is_401_for_every_operation() {
        OfficialUser forged = alice.withToken(forge(alice.token()));
        Map<String, ThrowingCallable> calls =
                operations(forged.thread(threadId), forged.threadAsync(threadId), messageId);
        calls.put("createChatThread", () -> forged.chat().createChatThread(new CreateChatThreadOptions("x")));
        calls.put(
                "createChatThread async",
                () -> await(forged.chatAsync().createChatThread(new CreateChatThreadOptions("x"))));
        calls.put("listChatThreads", () -> forged.chat().listChatThreads().stream()
                .count());
        calls.put("deleteChatThread", () -> forged.chat().deleteChatThread(threadId));
        return tests(calls, 401, "Unauthorized");
    }

    @Test
    void an_unknown_message_is_404() {
        ChatThreadClient thread = alice.thread(threadId);

        assertChatError(() -> thread.getMessage(NO_MESSAGE), 404, "NotFound");
        assertChatError(() -> thread.updateMessage(NO_MESSAGE, edit()), 404, "NotFound");
        assertChatError(() -> thread.deleteMessage(NO_MESSAGE), 404, "NotFound");
    }

    @Test
    void malformed_id_is_400() {
        CommunicationUserIdentifier nobody = new CommunicationUserIdentifier("8:acs:invalidUserId");
        ChatThreadClient thread = alice.thread(threadId);
        ChatParticipant participant = new ChatParticipant().setCommunicationIdentifier(nobody);

        assertBadRequest(() ->
                alice.chat().createChatThread(new CreateChatThreadOptions("x").setParticipants(List.of(participant))));
        assertBadRequest(() -> thread.addParticipant(participant));
        assertBadRequest(() -> thread.removeParticipant(nobody));
        assertBadRequest(() -> thread.getMessage("invalid_chat_message_id"));
        assertBadRequest(() -> thread.updateMessage("invalid_chat_message_id", edit()));
        assertBadRequest(() -> thread.deleteMessage("invalid_chat_message_id"));
        assertBadRequest(() -> alice.chat().deleteChatThread("invalid_chat_thread_id"));
        assertBadRequest(() -> alice.thread("invalid_chat_thread_id").getProperties());
    }

    @Test
    void bad_input_is_400() {
        ChatThreadClient thread = alice.thread(threadId);

        assertBadRequest(() -> alice.chat().createChatThread(new CreateChatThreadOptions("")));
        assertBadRequest(() -> alice.chat().createChatThread(new CreateChatThreadOptions("x".repeat(251))));
        assertBadRequest(() ->
                alice.chat().createChatThread(new CreateChatThreadOptions("many").setParticipants(participants(201))));
        assertBadRequest(() -> thread.addParticipants(participants(201)));
        assertBadRequest(() -> thread.sendMessage(text("x".repeat(28 * 1024 + 1))));
        assertBadRequest(() -> thread.sendMessage(text("é".repeat(14 * 1024 + 1))));
        assertBadRequest(() -> thread.updateTopic("x".repeat(251)));
        assertBadRequest(() -> await(alice.threadAsync(threadId)
                .sendMessage(text("no such type").setType(ChatMessageType.fromString("topicUpdated")))));
    }

    @Test
    void the_largest_legal_message_passes() {
        String largest = "x".repeat(28 * 1024);
        String id = alice.thread(threadId).sendMessage(text(largest)).getId();

        assertThat(alice.thread(threadId).getMessage(id).getContent().getMessage())
                .isEqualTo(largest);
    }

    @Test
    void a_limited_scope_is_403_where_the_table_says_so() {
        OfficialUser joiner = OfficialUser.create(target, CommunicationTokenScope.fromString("chat.join"));
        OfficialUser limited = OfficialUser.create(target, CommunicationTokenScope.fromString("chat.join.limited"));
        alice.thread(threadId).addParticipants(List.of(joiner.participant(), limited.participant()));

        for (OfficialUser user : List.of(joiner, limited)) {
            ChatThreadClient thread = user.thread(threadId);
            assertForbidden(() -> user.chat().createChatThread(new CreateChatThreadOptions("no")));
            assertForbidden(() -> thread.updateTopic("no"));
            assertForbidden(() -> user.chat().deleteChatThread(threadId));
            thread.sendMessage(text("yes"));
            thread.sendReadReceipt(messageId);
            thread.sendTypingNotification();
        }
        joiner.thread(threadId).addParticipant(outsider.participant());
        assertForbidden(() -> limited.thread(threadId).addParticipant(outsider.participant()));
        assertForbidden(() -> limited.thread(threadId).removeParticipant(outsider.id()));
        joiner.thread(threadId).removeParticipant(outsider.id());
    }

    private static Map<String, ThrowingCallable> operations(
            ChatThreadClient sync, ChatThreadAsyncClient async, String message) {
        ChatParticipant someone = new ChatParticipant()
                .setCommunicationIdentifier(new CommunicationUserIdentifier("8:acs:nobody_at-all"));
        Map<String, ThrowingCallable> calls = new LinkedHashMap<>();
        calls.put("getProperties", sync::getProperties);
        calls.put("updateTopic", () -> sync.updateTopic("x"));
        calls.put("listMessages", () -> sync.listMessages().stream().count());
        calls.put("getMessage", () -> sync.getMessage(message));
        calls.put("sendMessage", () -> sync.sendMessage(text("x")));
        calls.put("updateMessage", () -> sync.updateMessage(message, edit()));
        calls.put("deleteMessage", () -> sync.deleteMessage(message));
        calls.put("listParticipants", () -> sync.listParticipants().stream().count());
        calls.put("addParticipants", () -> sync.addParticipants(List.of(someone)));
        calls.put("removeParticipant", () -> sync.removeParticipant(someone.getCommunicationIdentifier()));
        calls.put("sendReadReceipt", () -> sync.sendReadReceipt(message));
        calls.put("listReadReceipts", () -> sync.listReadReceipts().stream().count());
        calls.put("sendTypingNotification", sync::sendTypingNotification);
        calls.put("getProperties async", () -> await(async.getProperties()));
        calls.put("sendMessage async", () -> await(async.sendMessage(text("x"))));
        calls.put("listMessages async", () -> Async.all(async.listMessages()));
        calls.put("updateTopic async", () -> done(async.updateTopic("x")));
        calls.put("sendTypingNotification async", () -> done(async.sendTypingNotification()));
        return calls;
    }

    private static List<DynamicTest> tests(Map<String, ThrowingCallable> calls, int status, String code) {
        List<DynamicTest> tests = new ArrayList<>();
        calls.forEach(
                (name, call) -> tests.add(DynamicTest.dynamicTest(name, () -> assertChatError(call, status, code))));
        return tests;
    }

    private static void assertBadRequest(ThrowingCallable call) {
        assertChatError(call, 400, "BadRequest");
    }

    private static void assertForbidden(ThrowingCallable call) {
        assertChatError(call, 403, "Forbidden");
    }

    private static List<ChatParticipant> participants(int count) {
        List<ChatParticipant> participants = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            participants.add(new ChatParticipant()
                    .setCommunicationIdentifier(new CommunicationUserIdentifier("8:acs:some_" + i)));
        }
        return participants;
    }

    /** Another signature of the same length: the first characters, as the last may carry unused bits. */
    private static String forge(String token) {
        int dot = token.lastIndexOf('.');
        String changed = token.charAt(dot + 1) == 'A' ? "B" : "A";
        return token.substring(0, dot + 1) + changed + token.substring(dot + 2);
    }

    private static SendChatMessageOptions text(String content) {
        return new SendChatMessageOptions().setContent(content);
    }

    private static UpdateChatMessageOptions edit() {
        return new UpdateChatMessageOptions().setContent("changed");
    }
}
