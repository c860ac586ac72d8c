package dev.chatgateway.poll;

import dev.chatgateway.event.UserToken;
import java.util.stream.Stream;

/** A thread that somebody watches: at work, or parked until something happens. */
sealed interface WatchedThread permits ThreadPoller, ParkedThread {
    String threadId();

    /** The tokens of a user's subscribers. */
    Stream<UserToken> tokens(String userId);

    /** Gives a subscriber's new token to whoever reads the thread from now on. */
    void replaceToken(String subscriberId, UserToken token);

    /** The thread at work; one that is parked is brought back. */
    ThreadPoller awake();
}
