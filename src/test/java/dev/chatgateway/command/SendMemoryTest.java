package dev.chatgateway.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.Tokens;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SendMemoryTest {
    private final Map<String, UserToken> tokens = new HashMap<>();
    private long now;
    private final SendMemory memory = new SendMemory(
            new Timers() {
                @Override
                public long nowMs() {
                    return now;
                }

                @Override
                public Cancellation after(long ms, Runnable task) {
                    throw new UnsupportedOperationException();
                }
            },
            new GatewayMetrics(new SimpleMeterRegistry()));

    @Test
    void one_user_does_not_evict_the_ids_of_others() {
        sent("ann", "a-0");
        sent("ben", "b-0");
        for (int i = 0; i < 2 * SendMemory.MAX_ENTRIES; i++) {
            memory.claim(draft("mallory", "m-" + i));
        }
        assertThat(memory.size()).isEqualTo(SendMemory.MAX_OF_USER + 2);
        assertThat(memory.claim(draft("ann", "a-0"))).isInstanceOf(SendMemory.Claim.Follow.class);
        assertThat(memory.claim(draft("ben", "b-0"))).isInstanceOf(SendMemory.Claim.Follow.class);
        assertThat(memory.claim(draft("mallory", "m-0"))).isInstanceOf(SendMemory.Claim.Own.class);
    }

    @Test
    void full_memory_evicts_entries_of_users_above_the_average() {
        sent("ann", "a-0");
        int users = SendMemory.MAX_ENTRIES / SendMemory.MAX_OF_USER;
        for (int user = 0; user < users; user++) {
            for (int i = 0; i < SendMemory.MAX_OF_USER - 1; i++) {
                memory.claim(draft("u" + user, "c-" + i));
            }
        }
        for (int i = 0; memory.size() < SendMemory.MAX_ENTRIES; i++) {
            memory.claim(draft("filler" + i, "c"));
        }
        memory.claim(draft("u0", "one-more"));
        assertThat(memory.size()).isEqualTo(SendMemory.MAX_ENTRIES);
        assertThat(memory.claim(draft("ann", "a-0"))).isInstanceOf(SendMemory.Claim.Follow.class);
        assertThat(memory.claim(draft("u0", "c-0"))).isInstanceOf(SendMemory.Claim.Own.class);
    }

    @Test
    void ids_are_forgotten_after_ten_minutes() {
        sent("ann", "a-0");
        now = SentMessages.REACH_MS;
        assertThat(memory.claim(draft("ann", "a-0"))).isInstanceOf(SendMemory.Claim.Own.class);
        assertThat(memory.size()).isEqualTo(1);
    }

    private void sent(String user, String id) {
        SendMemory.Claim.Own own = (SendMemory.Claim.Own) memory.claim(draft(user, id));
        memory.done(own.entry(), new JsonObject());
    }

    private Draft draft(String user, String id) {
        return new Draft(tokens.computeIfAbsent(user, Tokens::of), "t", new JsonObject(), id, false);
    }
}
