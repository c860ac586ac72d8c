package dev.chatgateway.fanout;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** All subscriptions of a thread on this loop that see the same, with their common count of events. */
final class Audience {
    private final Visibility visibility;
    private final Set<Subscription> members = new LinkedHashSet<>();
    private long next;

    /** @param next what the first member expects */
    Audience(Visibility visibility, long next) {
        this.visibility = visibility;
        this.next = next;
    }

    /**
     * An event's frame.
     *
     * @param index of the event in its update
     */
    record Numbered(int index, EncodedEvent text, Frame frame) {}

    Visibility visibility() {
        return visibility;
    }

    Set<Subscription> members() {
        return members;
    }

    /** The number of the next event. */
    long next() {
        return next;
    }

    /** Numbers and encodes what the audience sees of an update. */
    List<Numbered> encode(List<EncodedEvent> texts) {
        List<Numbered> frames = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            EncodedEvent text = texts.get(i);
            if (visibility.shows(text)) {
                frames.add(new Numbered(i, text, text.frame(next)));
                next += text.event().type().numbered() ? 1 : 0;
            }
        }
        return frames;
    }
}
