package dev.chatgateway.cluster;

import static dev.chatgateway.cluster.Peer.Arrival.AFTER_GAP;
import static dev.chatgateway.cluster.Peer.Arrival.DUPLICATE;
import static dev.chatgateway.cluster.Peer.Arrival.NEXT;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Numbers of the messages of another node. */
class PeerTest {
    private final Peer peer = new Peer(0);

    private Peer.Arrival message(String link, long seq) {
        return peer.arrived(new Envelope("other", link, seq, 0, new NodeMessage.NotLeader("t", 0.25)), 1);
    }

    private Peer.Arrival beat(String link, long seq) {
        return peer.arrived(new Envelope("other", link, seq, 0, null), 1);
    }

    @Test
    void envelopes_in_order_follow_each_other() {
        assertThat(message("a", 1)).isEqualTo(NEXT);
        assertThat(message("a", 2)).isEqualTo(NEXT);
        assertThat(beat("a", 2)).isEqualTo(NEXT);
        assertThat(message("a", 3)).isEqualTo(NEXT);
    }

    @Test
    void repeated_message_is_a_duplicate() {
        message("a", 1);
        message("a", 2);
        assertThat(message("a", 1)).isEqualTo(DUPLICATE);
        assertThat(message("a", 2)).isEqualTo(DUPLICATE);
        assertThat(message("a", 3)).isEqualTo(NEXT);
    }

    @Test
    void missing_message_is_one_gap() {
        message("a", 1);
        assertThat(message("a", 3)).isEqualTo(AFTER_GAP);
        assertThat(message("a", 4)).isEqualTo(NEXT);
        assertThat(message("a", 2)).isEqualTo(DUPLICATE);
    }

    @Test
    void heartbeat_shows_that_the_last_messages_are_missing() {
        message("a", 1);
        assertThat(beat("a", 3)).isEqualTo(AFTER_GAP);
        assertThat(beat("a", 3)).isEqualTo(NEXT);
        assertThat(message("a", 4)).isEqualTo(NEXT);
    }

    @Test
    void new_link_begins_at_one_and_a_later_number_is_a_gap() {
        message("a", 7);
        assertThat(message("b", 1)).isEqualTo(NEXT);
        assertThat(message("c", 5)).isEqualTo(AFTER_GAP);
        assertThat(beat("d", 0)).isEqualTo(NEXT);
        assertThat(beat("e", 2)).isEqualTo(AFTER_GAP);
    }

    @Test
    void unacknowledged_messages_are_counted() {
        peer.next();
        peer.next();
        peer.next();
        assertThat(peer.unacknowledged()).isEqualTo(3);
        peer.arrived(new Envelope("other", "a", 0, 2, null), 1);
        assertThat(peer.unacknowledged()).isEqualTo(1);
        // Acknowledges messages of an earlier start of this node.
        peer.arrived(new Envelope("other", "a", 0, 99, null), 1);
        assertThat(peer.unacknowledged()).isZero();
    }
}
