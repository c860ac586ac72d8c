package dev.chatgateway.poll.thread;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.access.PollSubscribers;
import dev.chatgateway.poll.threadlist.ListedThread;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A thread that somebody watches: at work, or parked until something happens. */
public sealed interface WatchedThread extends ListedThread permits ThreadPoller, IdleThread {
    /** The subscribers here. */
    Collection<PollSubscriber> watchers();

    /** Whether the participants, as far as they are known here, name the user. */
    boolean names(String userId);

    @Override
    default Stream<UserToken> tokens(String userId) {
        return watchers().stream().filter(w -> w.userId().equals(userId)).map(PollSubscriber::token);
    }

    /** What any of the subscribers wants. */
    default Set<EventGroup> wanted() {
        return PollSubscribers.selectedGroups(watchers());
    }

    /** The earliest time from which on a subscriber here sees messages, epoch milliseconds. */
    long neededReach();

    /** Whose subscribers are here. */
    default Set<String> users() {
        return watchers().stream().map(PollSubscriber::userId).collect(Collectors.toSet());
    }

    @Override
    default void listChanged() {
        awake().stirred();
    }

    @Override
    default void listLost() {
        awake().uncovered();
    }

    /** Gives a subscriber's new token to whoever reads the thread from now on. */
    void replaceToken(String subscriberId, UserToken token);

    /** The thread at work; one that is parked is brought back. */
    ThreadPoller awake();
}
