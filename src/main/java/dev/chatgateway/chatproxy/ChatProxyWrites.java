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
 * What a write that was passed on changes for subscribers: the thread's poller is poked as it is for writes over
 * WebSockets, so that all see it at once.
 */
final class ChatProxyWrites {
    /** A typing notification is no longer than this; of longer ones the display name is not read. */
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
     * The service has accepted it.
     *
     * @param location header of the answer, which names a new message
     * @param body of the request; empty where it is long
     */
    void done(ChatProxyPath path, UserToken token, @Nullable String location, Buffer body) {
        ChatOperation operation = path.operation();
        String threadId = path.threadId();
        if (operation == null || threadId == null) {
            return;
        }
        switch (operation) {
            case SEND_MESSAGE -> poke(threadId, idOf(location), false, EnumSet.of(EventGroup.MESSAGES));
            case UPDATE_MESSAGE, DELETE_MESSAGE ->
                poke(threadId, number(path.messageId()), false, EnumSet.of(EventGroup.EDITS));
            case UPDATE_THREAD -> poke(threadId, "", false, EnumSet.of(EventGroup.PROPERTIES));
            case DELETE_THREAD -> poke(threadId, "", true, EnumSet.of(EventGroup.PROPERTIES));
            case ADD_PARTICIPANTS, REMOVE_PARTICIPANT -> poke(threadId, "", false, EnumSet.of(EventGroup.PARTICIPANTS));
            case SEND_READ_RECEIPT -> poke(threadId, "", false, EnumSet.of(EventGroup.RECEIPTS));
            case SEND_TYPING -> feed.typing(threadId, token.userId(), name(body), clock.instant());
            default -> {}
        }
    }

    /** Nobody knows whether it was done: if it was, it is seen. */
    void inDoubt(ChatProxyPath path) {
        String threadId = path.threadId();
        if (threadId != null && path.operation() != ChatOperation.SEND_TYPING) {
            poke(threadId, "", false, EventGroup.all());
        }
    }

    /** The rate limits refused it; typing may be shown all the same. */
    void throttled(ChatProxyPath path, UserToken token) {
        String threadId = path.threadId();
        if (threadId != null && path.operation() == ChatOperation.SEND_TYPING) {
            feed.typingThrottled(threadId, token.userId(), "", clock.instant());
        }
    }

    private void poke(String threadId, String messageId, boolean deleted, Set<EventGroup> parts) {
        feed.poke(new Poke(threadId, messageId, 0, deleted, parts));
    }

    private static String idOf(@Nullable String location) {
        Matcher matcher = MESSAGE_LOCATION.matcher(location == null ? "" : location);
        return matcher.matches() ? matcher.group(1) : "";
    }

    private static String number(@Nullable String id) {
        return id != null && MESSAGE_ID.matcher(id).matches() ? id : "";
    }

    private static String name(Buffer body) {
        try {
            return body.length() > 0
                            && new JsonObject(body).getValue("senderDisplayName") instanceof String name
                            && name.length() <= NAME_LENGTH
                    ? name
                    : "";
        } catch (RuntimeException e) {
            // The service took it, so it is the display name that is not for us to read.
            return "";
        }
    }
}
