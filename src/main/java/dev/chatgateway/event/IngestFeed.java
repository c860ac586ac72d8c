package dev.chatgateway.event;

import io.vertx.core.Future;
import java.util.List;

/**
 * The way in for messages that the chat service does not know, for benchmarks and tests of fan-out: from the poller
 * outward they go the same way as those that it reads, visibility of each receiver included. May be called from any
 * context.
 */
@FunctionalInterface
public interface IngestFeed {
    /**
     * Hands messages to the subscribers of their threads, those of a thread in the order given.
     *
     * @return how many were of a thread that this node watches; the others are dropped
     */
    Future<Integer> ingest(List<Ingested> messages);

    /** One text message. */
    record Ingested(String threadId, String content) {
        /** Without the content, so that the record can be logged. */
        @Override
        public String toString() {
            return "Ingested[threadId=" + threadId + "]";
        }
    }
}
