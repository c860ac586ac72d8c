package dev.chatgateway.embedded.operations;

import java.security.SecureRandom;
import java.util.Base64;

/** Creates thread ids in the form of the real service since 2025: 43 random characters and a 1. */
final class ThreadIds {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int RANDOM_BYTES = 32;

    private ThreadIds() {}

    static String next() {
        byte[] bytes = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(bytes);
        return "19:acsV1_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes) + "1@thread.v2";
    }
}
