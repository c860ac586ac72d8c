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

/** Less is made of what waits, and the peer can still tell what it lacks. */
class OutboundQueueTest {
    private final OutboundQueue outbox = new OutboundQueue();

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
        while (!outbox.isEmpty()) {
            out.add(new JsonObject(outbox.remove().text()));
        }
        assertThat(outbox.bytes()).isZero();
        return out;
    }

    @Test
    void the_newest_state_of_a_message_stays_and_the_numbers_left_out_are_told_before_what_follows() {
        outbox.add(event("t", 1, "message 1", 1), 0);
        outbox.add(event("t", 2, "message 2", 1), 0);
        outbox.add(event("t", 3, "message 1", 2), 0);
        outbox.add(event("t", 4, "message 1", 3), 0);

        assertThat(outbox.conflate()).isEqualTo(2);

        assertThat(drain())
                .extracting(f -> f.getString("method")
                        + f.getJsonObject("params").getValue("fromSeq", "")
                        + f.getJsonObject("params").getValue("seq", ""))
                .containsExactly("conflated1", "event2", "conflated3", "event4");
    }

    @Test
    void typing_goes_and_answers_stay() {
        outbox.add(new Frame(Frame.Kind.TRANSIENT, "t", -1, "typing a", null, "{}"), 0);
        outbox.add(Frame.of("{\"id\":1}"), 0);

        assertThat(outbox.conflate()).isEqualTo(1);
        assertThat(outbox.resync(0, 5)).isEmpty();

        assertThat(drain()).containsExactly(new JsonObject().put("id", 1));
    }

    @Test
    void the_biggest_thread_is_given_up_first_with_the_cursor_of_its_last_event() {
        outbox.add(event("small", 1, "message 1", 1), 0);
        for (int i = 1; i <= 20; i++) {
            outbox.add(event("big", i, "message " + i, 1), 0);
        }

        assertThat(outbox.resync(outbox.bytes() / 2, 5)).containsExactly("big");

        List<JsonObject> out = drain();
        assertThat(out).hasSize(2);
        assertThat(out.get(0).getJsonObject("params").getString("threadId")).isEqualTo("small");
        assertThat(out.get(1).getString("method")).isEqualTo("resync");
        assertThat(out.get(1).getJsonObject("params").getString("cursor")).isEqualTo("cursor-big-20");
        assertThat(out.get(1).getJsonObject("params").getString("reason")).isEqualTo("overflow");
    }

    /** Against an oracle: what the peer ends with is the newest of everything, or it was told to take fresh state. */
    @RepeatedTest(200)
    void whatever_is_done_the_peer_knows_what_it_has(RepetitionInfo run) {
        Random random = new Random(run.getCurrentRepetition());
        Map<String, Integer> truth = new HashMap<>();
        Map<String, Long> next = new HashMap<>();
        List<JsonObject> out = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            String thread = "t" + random.nextInt(3);
            int step = random.nextInt(20);
            if (step == 0) {
                outbox.conflate();
            } else if (step == 1) {
                outbox.resync(outbox.bytes() / 2, i);
            } else if (step < 6 && !outbox.isEmpty()) {
                out.add(new JsonObject(outbox.remove().text()));
            } else {
                String key = "message " + random.nextInt(8);
                int version = truth.merge(thread + key, 1, Integer::sum);
                outbox.add(event(thread, next.merge(thread, 1L, Long::sum), key, version), i);
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
