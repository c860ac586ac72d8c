package dev.chatgateway.upstream;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.quota.CallEnd;
import dev.chatgateway.upstream.quota.RateLimiter;
import dev.chatgateway.upstream.quota.RateWindows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * Over any schedule of commands and polls, with any delays of the network, the service counts no window over its limit;
 * and people get at least half of every window however much is polled. The service is played by an oracle that knows
 * the table of reference 3.3 by itself and keeps every request.
 */
class LedgerProperties {
    private static final List<UserToken> USERS = List.of(Tokens.of("a"), Tokens.of("b"), Tokens.of("c"));
    private static final int REQUESTS = 3_000;
    private static final long MARGIN_MS = 200;

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
    private final Oracle oracle = new Oracle();
    private long order;

    private record Event(long at, long order, Runnable run) {}

    @FuzzTest(maxDuration = "10s")
    void windows_hold_and_interactive_calls_are_not_starved(FuzzedDataProvider data) {
        // The engine begins with inputs of a byte or two: hashed, each of them is a schedule of its own.
        Random random = new Random(Arrays.hashCode(data.consumeRemainingAsBytes()));
        int gapMs = 1 + random.nextInt(400);
        int latencyMs = 1 + random.nextInt(random.nextBoolean() ? 100 : 6_000);
        int pollPercent = random.nextInt(101);
        int threads = 1 + random.nextInt(3);
        boolean oneOperation = random.nextBoolean();
        ChatOperation only = random(ChatOperation.values(), random);

        events.clear();
        oracle.clear();
        RateLimiter ledger = new RateLimiter(RateWindows.published(), MARGIN_MS, 1_000);
        long now = 0;
        for (int i = 0; i < REQUESTS; i++) {
            now += random.nextInt(2 * gapMs);
            runUntil(now);
            ChatOperation operation = oneOperation ? only : random(ChatOperation.values(), random);
            boolean poll = random.nextInt(100) < pollPercent;
            Priority priority = poll
                    ? random(new Priority[] {Priority.POKE, Priority.POLL, Priority.RECEIPTS, Priority.SWEEP}, random)
                    : random(new Priority[] {Priority.SEND, Priority.HISTORY}, random);
            String thread = operation.template().contains("{t}") ? "t" + random.nextInt(threads) : null;
            ChatCall call = ChatCall.of(operation, USERS.get(random.nextInt(USERS.size())), thread, priority);
            wish(ledger, call, now, latencyMs, random);
        }
        runUntil(Long.MAX_VALUE);
    }

    private void wish(RateLimiter ledger, ChatCall call, long now, int latencyMs, Random random) {
        boolean person = RetryPolicy.patient(call.priority());
        boolean mustPass = person && oracle.peopleHaveRoom(call, now);
        long earliest =
                ledger.earliestMs(call.operation(), call.token().userId(), call.threadId(), call.priority(), now);
        RateLimiter.Admission admission = ledger.admit(call, now, person ? RetryPolicy.PATIENCE_MS : 0);
        if (admission instanceof RateLimiter.Admission.Granted granted) {
            require(granted.waitMs() <= (person ? RetryPolicy.PATIENCE_MS : 0), "waits longer than allowed");
            require(earliest == granted.waitMs(), "the estimate differs from the admission");
            require(!mustPass || granted.waitMs() == 0, "a person waits though half of the window is free");
            send(ledger, granted, call, now, latencyMs, random);
        } else if (admission instanceof RateLimiter.Admission.Refused refused) {
            require(!mustPass, "a person is refused though half of the window is free");
            require(refused.retryAfterMs() > 0 && earliest > 0, "refused, but not for any time");
        }
    }

    private void send(
            RateLimiter ledger,
            RateLimiter.Admission.Granted granted,
            ChatCall call,
            long now,
            int latencyMs,
            Random random) {
        long sent = now + granted.waitMs();
        long arrived = sent + random.nextInt(latencyMs);
        long answered = arrived + random.nextInt(latencyMs);
        Oracle.Row row = oracle.admitted(call);
        if (random.nextInt(20) == 0) {
            at(sent, () -> {
                row.answered = Long.MIN_VALUE / 2;
                ledger.end(granted.permit(), new CallEnd.NotCounted(), 0);
            });
            return;
        }
        at(arrived, () -> oracle.counted(call, arrived));
        at(answered, () -> {
            row.answered = answered;
            ledger.end(granted.permit(), new CallEnd.Completed(true), answered);
        });
    }

    private void at(long time, Runnable run) {
        events.add(new Event(time, order++, run));
    }

    private void runUntil(long time) {
        while (!events.isEmpty() && events.peek().at() <= time) {
            events.poll().run().run();
        }
    }

    private static <T> T random(T[] values, Random random) {
        return values[random.nextInt(values.length)];
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** The service: every request since the beginning, counted by hand. */
    private static final class Oracle {
        private static final Map<ChatOperation, List<Limit>> LIMITS = new EnumMap<>(ChatOperation.class);

        private final Map<String, List<Long>> arrivals = new HashMap<>();
        private final Map<String, List<Row>> people = new HashMap<>();

        private record Limit(String name, boolean user, boolean thread, int calls, long ms) {
            String key(ChatCall call) {
                return name + ms + (user ? "|" + call.token().userId() : "") + (thread ? "|" + call.threadId() : "");
            }
        }

        /** An admitted call; answered is far ahead until its answer. */
        private static final class Row {
            private long answered = Long.MAX_VALUE / 2;
        }

        static {
            row("create", true, false, 10, 0, ChatOperation.CREATE_THREAD);
            row("delete", true, false, 10, 0, ChatOperation.DELETE_THREAD);
            row("update", false, true, 5, 0, ChatOperation.UPDATE_THREAD);
            row("roster", false, true, 10, 30, ChatOperation.ADD_PARTICIPANTS, ChatOperation.REMOVE_PARTICIPANT);
            row("threads", true, false, 50, 0, ChatOperation.GET_THREAD, ChatOperation.LIST_THREADS);
            row("get", true, true, 50, 0, ChatOperation.GET_MESSAGE);
            row("getAll", false, true, 250, 0, ChatOperation.GET_MESSAGE);
            row("list", true, true, 50, 200, ChatOperation.LIST_MESSAGES);
            row("listAll", false, true, 250, 400, ChatOperation.LIST_MESSAGES);
            row("receipts", true, true, 5, 0, ChatOperation.LIST_READ_RECEIPTS);
            row("receiptsAll", false, true, 100, 0, ChatOperation.LIST_READ_RECEIPTS);
            row("members", true, true, 10, 0, ChatOperation.LIST_PARTICIPANTS);
            row("membersAll", false, true, 250, 0, ChatOperation.LIST_PARTICIPANTS);
            row(
                    "write",
                    false,
                    true,
                    10,
                    30,
                    ChatOperation.SEND_MESSAGE,
                    ChatOperation.UPDATE_MESSAGE,
                    ChatOperation.DELETE_MESSAGE);
            row("receipt", true, true, 10, 30, ChatOperation.SEND_READ_RECEIPT);
            row("typing", true, true, 5, 15, ChatOperation.SEND_TYPING);
            row("typingAll", false, true, 10, 30, ChatOperation.SEND_TYPING);
        }

        private static void row(
                String name, boolean user, boolean thread, int perTen, int perMinute, ChatOperation... operations) {
            for (ChatOperation operation : operations) {
                List<Limit> limits = LIMITS.computeIfAbsent(operation, o -> new ArrayList<>());
                limits.add(new Limit(name, user, thread, perTen, 10_000));
                if (perMinute > 0) {
                    limits.add(new Limit(name, user, thread, perMinute, 60_000));
                }
            }
        }

        void clear() {
            arrivals.clear();
            people.clear();
        }

        void counted(ChatCall call, long now) {
            for (Limit limit : LIMITS.get(call.operation())) {
                List<Long> times = arrivals.computeIfAbsent(limit.key(call), k -> new ArrayList<>());
                times.removeIf(t -> t <= now - limit.ms());
                times.add(now);
                require(
                        times.size() <= limit.calls(),
                        times.size() + " calls in " + limit.ms() + " ms of " + limit.key(call));
            }
        }

        Row admitted(ChatCall call) {
            Row row = new Row();
            if (RetryPolicy.patient(call.priority())) {
                for (Limit limit : LIMITS.get(call.operation())) {
                    people.computeIfAbsent(limit.key(call), k -> new ArrayList<>())
                            .add(row);
                }
            }
            return row;
        }

        /** Whether people alone have used less than their half of each window, counted from answers. */
        boolean peopleHaveRoom(ChatCall call, long now) {
            for (Limit limit : LIMITS.get(call.operation())) {
                List<Row> rows = people.computeIfAbsent(limit.key(call), k -> new ArrayList<>());
                rows.removeIf(r -> r.answered + limit.ms() + MARGIN_MS <= now);
                if (rows.size() >= (limit.calls() + 1) / 2) {
                    return false;
                }
            }
            return true;
        }
    }
}
