package dev.chatgateway.upstream;

/** How one attempt of a call ended. */
public sealed interface Outcome {
    /** Whether the service may have counted the attempt in its rate windows. */
    boolean counted();

    /** The status for metrics. */
    String status();

    /** The service carried out the call. */
    record Answered(ChatService.Reply reply) implements Outcome {
        @Override
        public boolean counted() {
            return true;
        }

        @Override
        public String status() {
            return Integer.toString(reply.status());
        }
    }

    /**
     * The attempt failed.
     *
     * @param answered whether the service answered at all
     * @param again whether the attempt may be repeated without an effect that happens twice
     */
    record Failed(ChatServiceException failure, boolean answered, boolean counted, boolean again) implements Outcome {
        @Override
        public String status() {
            return answered ? Integer.toString(failure.status()) : "none";
        }
    }
}
