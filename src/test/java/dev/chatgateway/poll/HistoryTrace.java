package dev.chatgateway.poll;

import dev.chatgateway.poll.schedule.Scheduler;

/** Prints the steps of a history if {@code -Dhistory.trace=true} is set. */
final class HistoryTrace {
    private static final boolean ON = Boolean.getBoolean("history.trace");

    private HistoryTrace() {}

    static void say(Scheduler ticker, String format, Object... values) {
        if (ON) {
            System.out.println(ticker.now() % 10_000_000 + " " + String.format(format, values));
        }
    }
}
