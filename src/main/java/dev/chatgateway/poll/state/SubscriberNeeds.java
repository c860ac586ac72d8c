package dev.chatgateway.poll.state;

import dev.chatgateway.event.EventGroup;
import java.util.Set;

/** What the subscribers of a thread on this node need. Runs on the poller's context. */
public interface SubscriberNeeds {
    /** The users of the subscribers. */
    Set<String> users();

    /** The event groups that any of them wants. */
    Set<EventGroup> groups();

    /** The earliest time from which on one of them sees messages, epoch milliseconds. */
    long neededReach();
}
