package dev.chatgateway.poll;

import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Histories by seed. {@code -Dhistory.trace=true} prints each step of a history. */
class HistoryRun {
    /** Reports the seeds whose histories fail, so that each can be run by itself. */
    @Test
    @EnabledIfSystemProperty(named = "history.seeds", matches = "\\d+", disabledReason = "runs with -Dhistory.seeds=N")
    void every_client_ends_with_all_states_visible_to_its_user() {
        long first = Long.getLong("history.first", 0);
        SoftAssertions all = new SoftAssertions();
        for (long seed = first; seed < first + Long.getLong("history.seeds", 1); seed++) {
            Dice dice = new Dice(seed);
            all.assertThatCode(() -> History.run(dice)).as("seed %d", seed).doesNotThrowAnyException();
        }
        all.assertAll();
    }
}
