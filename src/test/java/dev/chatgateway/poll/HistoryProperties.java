package dev.chatgateway.poll;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;

/** Whatever happens in a thread, and whenever clients come, go and come back: see {@link History}. */
class HistoryProperties {
    @FuzzTest(maxDuration = "4s")
    void every_client_ends_with_what_its_user_may_see(FuzzedDataProvider input) {
        History.run(new Dice(input.consumeLong()));
    }
}
