package dev.chatgateway.fanout;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The subscriptions of one thread on one event loop that have the same visibility. They share frames and sequence numbers.
 */
final class Audience {
    private final Visibility visibility;
    private final Set<Subscription> members = new LinkedHashSet<>();
    private long nextSeq;

    /** @param nextSeq the number that the first member expects next */
    Audience(Visibility visibility, long nextSeq) {
        this.visibility = visibility;
        this.nextSeq = nextSeq;
    }

    /**
     * An event with the frame that the audience gets.
     *
     * @param index of the event in its update
     */
    record NumberedFrame(int index, EncodedEvent event, Frame frame) {}

    Visibility visibility() {
        return visibility;
    }

    Set<Subscription> members() {
        return members;
    }

    /** The sequence number of the next event. */
    long nextSeq() {
        return nextSeq;
    }

    /** Encodes those of the events that the audience sees, and advances its sequence numbers. */
    List<NumberedFrame> encode(List<EncodedEvent> events) {
        List<NumberedFrame> frames = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            EncodedEvent event = events.get(i);
            if (visibility.shows(event)) {
                frames.add(new NumberedFrame(i, event, event.frame(nextSeq)));
                nextSeq += event.numbered() ? 1 : 0;
            }
        }
        return frames;
    }
}
