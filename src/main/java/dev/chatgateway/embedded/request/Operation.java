package dev.chatgateway.embedded.request;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The operations with method, path and least chat scope (docs/service-reference.md, Operations and Identity). */
public enum Operation {
    CREATE_THREAD("createThread", "POST", "/chat/threads", Scope.CHAT),
    LIST_THREADS("listThreads", "GET", "/chat/threads", Scope.CHAT_JOIN_LIMITED),
    GET_THREAD("getThread", "GET", "/chat/threads/{thread}", Scope.CHAT_JOIN_LIMITED),
    UPDATE_THREAD("updateThread", "PATCH", "/chat/threads/{thread}", Scope.CHAT),
    DELETE_THREAD("deleteThread", "DELETE", "/chat/threads/{thread}", Scope.CHAT),
    SEND_MESSAGE("sendMessage", "POST", "/chat/threads/{thread}/messages", Scope.CHAT_JOIN_LIMITED),
    LIST_MESSAGES("listMessages", "GET", "/chat/threads/{thread}/messages", Scope.CHAT_JOIN_LIMITED),
    GET_MESSAGE("getMessage", "GET", "/chat/threads/{thread}/messages/{item}", Scope.CHAT_JOIN_LIMITED),
    UPDATE_MESSAGE("updateMessage", "PATCH", "/chat/threads/{thread}/messages/{item}", Scope.CHAT_JOIN_LIMITED),
    DELETE_MESSAGE("deleteMessage", "DELETE", "/chat/threads/{thread}/messages/{item}", Scope.CHAT_JOIN_LIMITED),
    LIST_PARTICIPANTS("listParticipants", "GET", "/chat/threads/{thread}/participants", Scope.CHAT_JOIN_LIMITED),
    ADD_PARTICIPANTS("addParticipants", "POST", "/chat/threads/{thread}/participants/:add", Scope.CHAT_JOIN),
    REMOVE_PARTICIPANT("removeParticipant", "POST", "/chat/threads/{thread}/participants/:remove", Scope.CHAT_JOIN),
    SEND_READ_RECEIPT("sendReadReceipt", "POST", "/chat/threads/{thread}/readReceipts", Scope.CHAT_JOIN_LIMITED),
    LIST_READ_RECEIPTS("listReadReceipts", "GET", "/chat/threads/{thread}/readReceipts", Scope.CHAT_JOIN_LIMITED),
    SEND_TYPING("sendTyping", "POST", "/chat/threads/{thread}/typing", Scope.CHAT_JOIN_LIMITED),

    /** Names the live channel to an official client. */
    GET_REAL_TIME_NOTIFICATIONS(
            "getRealTimeNotifications", "GET", "/chat/config/realTimeNotifications", Scope.CHAT_JOIN_LIMITED),

    CREATE_IDENTITY("createIdentity", "POST", "/identities", null),
    GET_IDENTITY("getIdentity", "GET", "/identities/{item}", null),
    DELETE_IDENTITY("deleteIdentity", "DELETE", "/identities/{item}", null),
    ISSUE_TOKEN("issueAccessToken", "POST", "/identities/{item}/:issueAccessToken", null),
    REVOKE_TOKENS("revokeAccessTokens", "POST", "/identities/{item}/:revokeAccessTokens", null),
    EXCHANGE_TEAMS_TOKEN("exchangeTeamsToken", "POST", "/teamsUser/:exchangeAccessToken", null);

    private static final List<Operation> ALL = List.of(values());

    private final String label;
    private final String method;
    private final String template;
    private final @Nullable Scope scope;

    @SuppressWarnings("ImmutableEnumChecker") // a List.of
    private final List<String> segments;

    Operation(String label, String method, String template, @Nullable Scope scope) {
        this.label = label;
        this.method = method;
        this.template = template;
        this.scope = scope;
        this.segments = List.of(template.substring(1).split("/", -1));
    }

    /** An operation and the decoded ids of its path. */
    public record Target(
            Operation operation,
            @Nullable String thread,
            @Nullable String item) {}

    /** The name in fault rules and logs. */
    public String label() {
        return label;
    }

    /** The path with {thread} and {item} in place of ids. */
    public String template() {
        return template;
    }

    /** Least chat scope; null for identity operations, which are signed with the access key. */
    public @Nullable Scope scope() {
        return scope;
    }

    public static Optional<Operation> named(String label) {
        return ALL.stream().filter(o -> o.label.equals(label)).findFirst();
    }

    /**
     * Finds the operation for decoded path segments.
     *
     * @throws ApiError 404 for an unknown path
     */
    public static Match match(String method, List<String> path) {
        List<String> allowed = new ArrayList<>(4);
        for (Operation operation : ALL) {
            if (operation.matches(path)) {
                if (operation.method.equals(method)) {
                    return new Match(operation.target(path), List.of());
                }
                allowed.add(operation.method);
            }
        }
        if (allowed.isEmpty()) {
            throw ApiError.notFound("No such path.");
        }
        return new Match(null, allowed);
    }

    /** Either a target or the methods that the path allows. */
    public record Match(@Nullable Target target, List<String> allowed) {}

    private boolean matches(List<String> path) {
        if (path.size() != segments.size()) {
            return false;
        }
        for (int i = 0; i < segments.size(); i++) {
            String expected = segments.get(i);
            String given = path.get(i);
            boolean matches = expected.startsWith("{") ? !given.isEmpty() : expected.equals(given);
            if (!matches) {
                return false;
            }
        }
        return true;
    }

    private Target target(List<String> path) {
        int thread = segments.indexOf("{thread}");
        int item = segments.indexOf("{item}");
        return new Target(this, thread < 0 ? null : path.get(thread), item < 0 ? null : path.get(item));
    }
}
