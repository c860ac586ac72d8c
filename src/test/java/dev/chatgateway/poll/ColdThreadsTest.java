package dev.chatgateway.poll;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.EventGroup;
import org.junit.jupiter.api.Test;

/** What a cold watched thread costs in heap; {@link ColdThreadsMain} measures more of them, and their CPU. */
class ColdThreadsTest {
    private static final int THREADS = 15_000;
    private static final long SETTLED_MS = 1_800_000;

    @Test
    void idle_thread_takes_less_than_a_kilobyte() throws Exception {
        warmUp();
        ColdNode node = new ColdNode(THREADS, 150, true);
        long empty = ColdNode.heap();
        node.subscribe(EventGroup.all());
        node.pass(SETTLED_MS);
        assertThat(node.poller.size()).isEqualTo(THREADS);
        assertThat(node.poller.idle()).isGreaterThan(THREADS * 9L / 10);
        assertThat((ColdNode.heap() - empty) / THREADS).as("bytes each").isLessThan(850);
        node.poller.close();
    }

    /** Classes that are loaded and strings that are made once don't count. */
    private static void warmUp() throws Exception {
        ColdNode node = new ColdNode(100, 2, true);
        node.subscribe(EventGroup.all());
        node.pass(SETTLED_MS);
        node.poller.close();
    }
}
