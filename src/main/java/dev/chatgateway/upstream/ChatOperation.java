package dev.chatgateway.upstream;

/** The sixteen operations of the chat service (docs/service-reference.md, Operations). */
public enum ChatOperation {
    CREATE_THREAD("createThread", "POST", "/chat/threads"),
    LIST_THREADS("listThreads", "GET", "/chat/threads"),
    GET_THREAD("getThread", "GET", "/chat/threads/{t}"),
    UPDATE_THREAD("updateThread", "PATCH", "/chat/threads/{t}"),
    DELETE_THREAD("deleteThread", "DELETE", "/chat/threads/{t}"),
    SEND_MESSAGE("sendMessage", "POST", "/chat/threads/{t}/messages"),
    LIST_MESSAGES("listMessages", "GET", "/chat/threads/{t}/messages"),
    GET_MESSAGE("getMessage", "GET", "/chat/threads/{t}/messages/{m}"),
    UPDATE_MESSAGE("updateMessage", "PATCH", "/chat/threads/{t}/messages/{m}"),
    DELETE_MESSAGE("deleteMessage", "DELETE", "/chat/threads/{t}/messages/{m}"),
    LIST_PARTICIPANTS("listParticipants", "GET", "/chat/threads/{t}/participants"),
    ADD_PARTICIPANTS("addParticipants", "POST", "/chat/threads/{t}/participants/:add"),
    REMOVE_PARTICIPANT("removeParticipant", "POST", "/chat/threads/{t}/participants/:remove"),
    SEND_READ_RECEIPT("sendReadReceipt", "POST", "/chat/threads/{t}/readReceipts"),
    LIST_READ_RECEIPTS("listReadReceipts", "GET", "/chat/threads/{t}/readReceipts"),
    SEND_TYPING("sendTyping", "POST", "/chat/threads/{t}/typing");

    private final String label;
    private final String method;
    private final String template;

    ChatOperation(String label, String method, String template) {
        this.label = label;
        this.method = method;
        this.template = template;
    }

    /** The name in metrics and logs. */
    public String label() {
        return label;
    }

    /** The HTTP method. */
    public String method() {
        return method;
    }

    /** The path with {@code {t}} and {@code {m}} for thread and message. */
    public String template() {
        return template;
    }

    /** Whether the call changes nothing, so that it may be repeated after a lost answer. */
    public boolean reads() {
        return method.equals("GET");
    }
}
