package dev.chatgateway.event;

import io.vertx.core.Future;
import java.util.List;

/**
 * Injects messages that the chat service does not have, for benchmarks and tests of fan-out. The poller publishes them like
 * messages that it has polled; visibility applies to them too. May be called from any context.
 */
@FunctionalInterface
public interface IngestFeed {
    /**
     * Publishes messages to the subscribers of their threads, in the given order within a thread. A message of a thread
     * without subscribers on this node is dropped.
     *
     * @return the number of messages that were not dropped
     */
    Future<Integer> ingest(List<Ingested> messages);

    /** One text message. */
    record Ingested(String threadId, String content) {
        /** Does not contain the content, so that it can be logged. */
        @Override
        public String toString() {
            return "Ingested[threadId=" + threadId + "]";
        }
    }
}
