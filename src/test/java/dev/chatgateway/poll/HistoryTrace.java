package dev.chatgateway.poll;

import dev.chatgateway.poll.schedule.Scheduler;

/** Tells what happens in a history, so that a seed that fails can be followed: {@code -Dhistory.trace=true}. */
final class HistoryTrace {
    private static final boolean ON = Boolean.getBoolean("history.trace");

    private HistoryTrace() {}

    static void say(Scheduler ticker, String format, Object... values) {
        if (ON) {
            System.out.println(ticker.now() % 10_000_000 + " " + String.format(format, values));
        }
    }
}
