package dev.chatgateway.poll;

import java.util.Random;

/**
 * A long random history from a short fuzzed seed: the fuzzer grows its inputs slowly, and most of what it would try is
 * over after a few steps.
 */
public final class Dice {
    private final Random random;

    public Dice(long seed) {
        random = new Random(seed);
    }

    /** A number of the range, both ends included. */
    public int between(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    public boolean coin() {
        return random.nextBoolean();
    }
}
