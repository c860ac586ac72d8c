package dev.chatgateway.upstream.quota;

/** How a call ended that had a permit. */
public sealed interface CallEnd {
    /** The call was sent, and the service answered or the gateway gave it up. */
    record Completed(boolean accepted) implements CallEnd {}

    /** The service did not accept the token: it counted the call for no user. */
    record TokenRejected() implements CallEnd {}

    /** The call was not sent, or the service cannot have counted it. */
    record NotCounted() implements CallEnd {}

    /** The service answered 429 and accepts no such calls for {@code pauseMs} milliseconds. */
    record Throttled(long pauseMs) implements CallEnd {}
}
