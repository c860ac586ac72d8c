package dev.chatgateway.socket.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.fanout.Frame;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Reductions of the queue, from which the peer can still tell what it missed. */
class OutboundQueueTest {
    private final OutboundQueue queue = new OutboundQueue();

    private static Frame event(String thread, long seq, String key, int version) {
        JsonObject params = new JsonObject()
                .put("threadId", thread)
                .put("seq", seq)
                .put("key", key)
                .put("version", version);
        String text =
                new JsonObject().put("method", "event").put("params", params).encode();
        return new Frame(Frame.Kind.EVENT, thread, seq, key, "cursor-" + thread + "-" + seq, text);
    }

    private List<JsonObject> drain() {
        List<JsonObject> out = new ArrayList<>();
        while (!queue.isEmpty()) {
            out.add(new JsonObject(queue.remove().text()));
        }
        assertThat(queue.bytes()).isZero();
        return out;
    }

    @Test
    void conflation_keeps_the_newest_state_and_reports_gaps() {
        queue.add(event("t", 1, "message 1", 1), 0);
        queue.add(event("t", 2, "message 2", 1), 0);
        queue.add(event("t", 3, "message 1", 2), 0);
        queue.add(event("t", 4, "message 1", 3), 0);

        assertThat(queue.conflate()).isEqualTo(2);

        assertThat(drain())
                .extracting(f -> f.getString("method")
                        + f.getJsonObject("params").getValue("fromSeq", "")
                        + f.getJsonObject("params").getValue("seq", ""))
                .containsExactly("conflated1", "event2", "conflated3", "event4");
    }

    @Test
    void conflation_drops_typing_and_keeps_replies() {
        queue.add(new Frame(Frame.Kind.TRANSIENT, "t", -1, "typing a", null, "{}"), 0);
        queue.add(Frame.of("{\"id\":1}"), 0);

        assertThat(queue.conflate()).isEqualTo(1);
        assertThat(queue.resync(0, 5)).isZero();

        assertThat(drain()).containsExactly(new JsonObject().put("id", 1));
    }

    @Test
    void resync_drops_the_largest_thread_first() {
        queue.add(event("small", 1, "message 1", 1), 0);
        for (int i = 1; i <= 20; i++) {
            queue.add(event("big", i, "message " + i, 1), 0);
        }

        assertThat(queue.resync(queue.bytes() / 2, 5)).isEqualTo(1);

        List<JsonObject> out = drain();
        assertThat(out).hasSize(2);
        assertThat(out.get(0).getJsonObject("params").getString("threadId")).isEqualTo("small");
        assertThat(out.get(1).getString("method")).isEqualTo("resync");
        assertThat(out.get(1).getJsonObject("params").getString("cursor")).isEqualTo("cursor-big-20");
        assertThat(out.get(1).getJsonObject("params").getString("reason")).isEqualTo("overflow");
    }

    /** Compares with a model: the peer ends with the newest state of everything, or was told to resync. */
    @RepeatedTest(200)
    void peer_can_always_tell_what_it_missed(RepetitionInfo run) {
        Random random = new Random(run.getCurrentRepetition());
        Map<String, Integer> truth = new HashMap<>();
        Map<String, Long> next = new HashMap<>();
        List<JsonObject> out = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            String thread = "t" + random.nextInt(3);
            int step = random.nextInt(20);
            if (step == 0) {
                queue.conflate();
            } else if (step == 1) {
                queue.resync(queue.bytes() / 2, i);
            } else if (step < 6 && !queue.isEmpty()) {
                out.add(new JsonObject(queue.remove().text()));
            } else {
                String key = "message " + random.nextInt(8);
                int version = truth.merge(thread + key, 1, Integer::sum);
                queue.add(event(thread, next.merge(thread, 1L, Long::sum), key, version), i);
            }
        }
        out.addAll(drain());
        check(out, truth);
    }

    private static void check(List<JsonObject> out, Map<String, Integer> truth) {
        Map<String, Integer> seen = new HashMap<>();
        Map<String, Long> expected = new HashMap<>();
        Set<String> fresh = new HashSet<>();
        for (JsonObject frame : out) {
            JsonObject params = frame.getJsonObject("params");
            String thread = params.getString("threadId");
            if (frame.getString("method").equals("resync")) {
                fresh.add(thread);
            } else if (frame.getString("method").equals("conflated")) {
                if (!fresh.contains(thread)) {
                    assertThat(params.getLong("fromSeq")).isEqualTo(expected.getOrDefault(thread, 1L));
                }
                expected.put(thread, params.getLong("toSeq") + 1);
            } else {
                if (!fresh.contains(thread)) {
                    assertThat(params.getLong("seq")).isEqualTo(expected.getOrDefault(thread, 1L));
                }
                expected.put(thread, params.getLong("seq") + 1);
                Integer before = seen.put(thread + params.getString("key"), params.getInteger("version"));
                assertThat(params.getInteger("version")).isGreaterThan(before == null ? 0 : before);
            }
        }
        truth.forEach((key, version) -> {
            if (fresh.stream().noneMatch(key::startsWith)) {
                assertThat(seen).containsEntry(key, version);
            }
        });
    }
}
