package dev.chatgateway.poll.threadlist;

import dev.chatgateway.event.UserToken;
import java.util.stream.Stream;

/**
 * An idle thread whose new messages a {@link ThreadListPoller} detects in a user's thread list. Used on the poller's
 * context.
 */
public interface ListedThread {
    String threadId();

    /** Tokens of the user's subscribers to this thread. */
    Stream<UserToken> tokens(String userId);

    /** Called when the list shows a change of the thread: polls the thread now. */
    void listChanged();

    /** Called when the list cannot be read: the thread polls at its own interval again. */
    void listLost();
}
