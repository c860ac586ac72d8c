package dev.chatgateway.poll;

/** Numbers the updates of this process, over all threads, so that a thread read anew goes on above its old numbers. */
final class Revisions {
    private long last;

    long next() {
        return ++last;
    }

    long last() {
        return last;
    }
}
