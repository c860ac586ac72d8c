package dev.chatgateway.poll.state;

/** Numbers the updates of this process, over all threads, so that a thread read anew goes on above its old numbers. */
public final class Revisions {
    private long last;

    public long next() {
        return ++last;
    }

    public long last() {
        return last;
    }
}
