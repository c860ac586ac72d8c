package dev.chatgateway.fanout;

import dev.chatgateway.event.ThreadSnapshot.Part;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.protocol.CursorCodec;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An update ready for delivery: without duplicates, and with events that are encoded once. */
final class PreparedUpdate {
    /** Revision of a replay of missed events: it is delivered before all updates and never skipped as outdated. */
    static final long REPLAY = Long.MAX_VALUE;

    private final ThreadUpdate update;
    private final List<EncodedEvent> events;
    private final List<Frame> trailingFrames;
    private final CursorCodec cursors;
    private final boolean resyncs;
    private @Nullable Map<Long, Long> messageVersions;

    PreparedUpdate(ThreadUpdate update, List<EncodedEvent> events, CursorCodec cursors) {
        this.update = update;
        this.events = events;
        this.cursors = cursors;
        resyncs = update.notices().stream().anyMatch(Notice.ResyncNeeded.class::isInstance);
        trailingFrames = trailingFrames(new JsonObject());
    }

    private List<Frame> trailingFrames(JsonObject included) {
        List<Frame> frames = new ArrayList<>();
        for (Notice notice : update.notices()) {
            if (notice instanceof Notice.FreshnessChanged f) {
                frames.add(Notifications.freshness(update.threadId(), f.freshness(), f.reason()));
            } else if (notice instanceof Notice.ResyncNeeded r) {
                String cursor = cursors.encode(update.threadId(), update.position());
                frames.add(Notifications.resync(update.threadId(), cursor, r.resync(), included));
            }
        }
        return frames;
    }

    ThreadUpdate update() {
        return update;
    }

    long revision() {
        return update.revision();
    }

    List<EncodedEvent> events() {
        return events;
    }

    /** The messages of the update, id to newest version. Made once and shared by all subscriptions. */
    Map<Long, Long> messageVersions() {
        Map<Long, Long> made = messageVersions;
        if (made == null) {
            Map<Long, Long> all = new HashMap<>();
            events.forEach(event -> event.message().ifPresent(m -> all.merge(m.arrivedAt(), m.version(), Math::max)));
            made = Map.copyOf(all);
            messageVersions = made;
        }
        return made;
    }

    /** The thread's state after the update. */
    IncludedState state() {
        return new IncludedState(update.roster(), update.snapshot());
    }

    /** Whether each subscription that includes state gets it after the events, so that the audience's frames do not fit. */
    boolean carriesStateFor(Visibility visibility) {
        return resyncs && !visibility.include().isEmpty();
    }

    /** Frames that every subscriber without included state gets after the events. */
    List<Frame> trailingFrames() {
        return trailingFrames;
    }

    /** Frames that a subscription of the user that includes these parts gets after the events. */
    List<Frame> trailingFrames(Set<Part> include, String userId) {
        return resyncs && !include.isEmpty() ? trailingFrames(state().json(include, userId)) : trailingFrames;
    }

    /** Whether the user is a participant after the update. */
    boolean hasMember(String userId) {
        return update.roster().member(userId).isPresent();
    }

    /** The events that the user may get. */
    List<EncodedEvent> eventsFor(String userId) {
        return events.subList(0, eventLimit(userId));
    }

    /** How many of the events the user may get: all for a participant, else those before the event that removes it. */
    int eventLimit(String userId) {
        if (hasMember(userId)) {
            return events.size();
        }
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).removes(userId)) {
                return i;
            }
        }
        return 0;
    }
}
