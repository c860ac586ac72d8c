package dev.chatgateway.embedded.operations;

/** The gateway whose live channel serves the users of this service. Any thread; must not block. */
public interface LiveChannel {
    /** For a service without a live channel. */
    LiveChannel NONE = new LiveChannel() {
        @Override
        public Location locate(String base) {
            return new NotServed();
        }

        @Override
        public void typed(String threadId, String userId, String displayName) {
            // Nobody listens.
        }
    };

    /** @param base scheme and authority under which the client reached this service */
    Location locate(String base);

    /** A typing notification was accepted. No operation lists it, so that a gateway learns of it only by this call. */
    void typed(String threadId, String userId, String displayName);

    /** Where the live channel is. */
    sealed interface Location {}

    /** Its addresses, in the words of the official clients. */
    record Served(String trouterServiceUrl, String registrarServiceUrl, String cloudType) implements Location {}

    /** There is none. */
    record NotServed() implements Location {}

    /** Its listeners are not open yet. */
    record Starting() implements Location {}
}
