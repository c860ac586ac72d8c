package dev.chatgateway.poll.state;

/**
 * Numbers the updates of this process over all threads, so that the numbers of a thread rise even if it was not polled in
 * between. Poller's context.
 */
public final class Revisions {
    private long last;

    public long next() {
        return ++last;
    }

    public long last() {
        return last;
    }
}
