package dev.chatgateway.poll.threadlist;

import dev.chatgateway.event.UserToken;
import java.util.stream.Stream;

/** A silent thread that a user's list of threads watches for new messages. Poller's context. */
public interface ListedThread {
    String threadId();

    /** The tokens of a user's subscribers. */
    Stream<UserToken> tokens(String userId);

    /** The list shows a change: the thread is polled now. */
    void listChanged();

    /** The list can't be read at present: the thread is polled by itself again. */
    void listLost();
}
