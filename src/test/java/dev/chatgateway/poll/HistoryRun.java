package dev.chatgateway.poll;

import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Many histories by number, and one of them again, told step by step with {@code -Dhistory.trace=true}. */
class HistoryRun {
    /** Prints the seeds whose histories fail, so that each can be looked at by itself. */
    @Test
    @EnabledIfSystemProperty(
            named = "history.seeds",
            matches = "\\d+",
            disabledReason = "asked for by -Dhistory.seeds=N")
    void every_client_ends_with_what_its_user_may_see() {
        long first = Long.getLong("history.first", 0);
        SoftAssertions all = new SoftAssertions();
        for (long seed = first; seed < first + Long.getLong("history.seeds", 1); seed++) {
            Dice dice = new Dice(seed);
            all.assertThatCode(() -> History.run(dice)).as("seed %d", seed).doesNotThrowAnyException();
        }
        all.assertAll();
    }
}
