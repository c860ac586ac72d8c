package dev.chatgateway.poll.thread;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.access.PollSubscribers;
import dev.chatgateway.poll.state.SubscriberNeeds;
import dev.chatgateway.poll.threadlist.ListedThread;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A thread with subscribers on this node: polled, or idle until something happens. */
public sealed interface WatchedThread extends ListedThread, SubscriberNeeds permits ThreadPoller, IdleThread {
    /** The subscribers on this node. */
    Collection<PollSubscriber> subscribers();

    /** Whether the user is a participant as far as is known here. */
    boolean hasParticipant(String userId);

    /**
     * Schedule and age of the thread, for operators. An idle thread stays idle: a page of the list would wake a thousand.
     *
     * @param listMs interval of a thread that a thread list covers, or that another node polls
     */
    ThreadStatus status(long now, long listMs);

    @Override
    default Stream<UserToken> tokens(String userId) {
        return subscribers().stream().filter(w -> w.userId().equals(userId)).map(PollSubscriber::token);
    }

    @Override
    default Set<EventGroup> groups() {
        return PollSubscribers.selectedGroups(subscribers());
    }

    @Override
    default Set<String> users() {
        return subscribers().stream().map(PollSubscriber::userId).collect(Collectors.toSet());
    }

    @Override
    default void listChanged() {
        awake().markDirty();
    }

    @Override
    default void listLost() {
        awake().uncover();
    }

    /** Gives a subscriber's new token to the polls of the thread from now on. */
    void replaceToken(String subscriberId, UserToken token);

    /** The thread's poller; an idle thread is woken. Do not call it twice on one {@link IdleThread}. */
    ThreadPoller awake();
}
