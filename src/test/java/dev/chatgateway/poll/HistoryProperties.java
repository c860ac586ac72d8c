package dev.chatgateway.poll;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;

/** Random histories of a thread and its clients: see {@link History}. */
class HistoryProperties {
    @FuzzTest(maxDuration = "4s")
    void every_client_ends_with_all_states_visible_to_its_user(FuzzedDataProvider input) {
        History.run(new Dice(input.consumeLong()));
    }
}
