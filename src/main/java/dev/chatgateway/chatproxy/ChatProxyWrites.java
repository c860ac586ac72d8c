package dev.chatgateway.chatproxy;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.ChatOperation;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Sends refresh hints to the poller for forwarded writes, as for writes over WebSocket, so that subscribers receive
 * them at once.
 */
final class ChatProxyWrites {
    /** Length of a typing notification at most. The display name of a longer one is ignored. */
    static final int TYPING_BYTES = 4096;

    private static final int NAME_LENGTH = 256;
    private static final Pattern MESSAGE_LOCATION = Pattern.compile(".*/messages/(\\d{1,18})(?:[?].*)?");
    private static final Pattern MESSAGE_ID = Pattern.compile("\\d{1,18}");

    private final ThreadFeed feed;
    private final Clock clock;

    ChatProxyWrites(ThreadFeed feed, Clock clock) {
        this.feed = feed;
        this.clock = clock;
    }

    /**
     * The service has accepted a write.
     *
     * @param location header of the response, which names a new message
     * @param body of the request; empty if it is long
     */
    void accepted(ChatProxyPath path, UserToken token, @Nullable String location, Buffer body) {
        ChatOperation operation = path.operation();
        String threadId = path.threadId();
        if (operation == null || threadId == null) {
            return;
        }
        switch (operation) {
            case SEND_MESSAGE -> poke(threadId, idFromLocation(location), false, EnumSet.of(EventGroup.MESSAGES));
            case UPDATE_MESSAGE, DELETE_MESSAGE ->
                poke(threadId, messageIdOrEmpty(path.messageId()), false, EnumSet.of(EventGroup.EDITS));
            case UPDATE_THREAD -> poke(threadId, "", false, EnumSet.of(EventGroup.PROPERTIES));
            case DELETE_THREAD -> poke(threadId, "", true, EnumSet.of(EventGroup.PROPERTIES));
            case ADD_PARTICIPANTS, REMOVE_PARTICIPANT -> poke(threadId, "", false, EnumSet.of(EventGroup.PARTICIPANTS));
            case SEND_READ_RECEIPT -> poke(threadId, "", false, EnumSet.of(EventGroup.RECEIPTS));
            case SEND_TYPING -> feed.typing(threadId, token.userId(), displayName(body), clock.instant());
            default -> {}
        }
    }

    /** The outcome of a write is unknown: the poller looks for it. */
    void inDoubt(ChatProxyPath path) {
        String threadId = path.threadId();
        if (threadId != null && path.operation() != ChatOperation.SEND_TYPING) {
            poke(threadId, "", false, EventGroup.all());
        }
    }

    /** A write was refused by a rate limit. Typing is published anyway. */
    void throttled(ChatProxyPath path, UserToken token) {
        String threadId = path.threadId();
        if (threadId != null && path.operation() == ChatOperation.SEND_TYPING) {
            feed.typingThrottled(threadId, token.userId(), "", clock.instant());
        }
    }

    private void poke(String threadId, String messageId, boolean deleted, Set<EventGroup> parts) {
        feed.poke(new Poke(threadId, messageId, 0, deleted, parts));
    }

    private static String idFromLocation(@Nullable String location) {
        Matcher matcher = MESSAGE_LOCATION.matcher(location == null ? "" : location);
        return matcher.matches() ? matcher.group(1) : "";
    }

    private static String messageIdOrEmpty(@Nullable String id) {
        return id != null && MESSAGE_ID.matcher(id).matches() ? id : "";
    }

    private static String displayName(Buffer body) {
        try {
            return body.length() > 0
                            && new JsonObject(body).getValue("senderDisplayName") instanceof String name
                            && name.length() <= NAME_LENGTH
                    ? name
                    : "";
        } catch (RuntimeException e) {
            // The service has accepted the body, so only the display name is missing.
            return "";
        }
    }
}
