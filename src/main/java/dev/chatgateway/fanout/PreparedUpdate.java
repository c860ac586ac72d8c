package dev.chatgateway.fanout;

import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.protocol.CursorCodec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An update as the hub works on it: what was delivered before is left out, and texts are made once. */
final class PreparedUpdate {
    /** The revision of what a subscriber missed: it comes before all updates, and is never part of the answer. */
    static final long REPLAY = Long.MAX_VALUE;

    private final ThreadUpdate update;
    private final List<EncodedEvent> texts;
    private final List<Frame> trailing = new ArrayList<>();
    private @Nullable Map<Long, Long> states;

    PreparedUpdate(ThreadUpdate update, List<EncodedEvent> texts, CursorCodec cursors) {
        this.update = update;
        this.texts = texts;
        for (Notice notice : update.notices()) {
            if (notice instanceof Notice.FreshnessChanged f) {
                trailing.add(Notifications.freshness(update.threadId(), f.freshness(), f.reason()));
            } else if (notice instanceof Notice.ResyncNeeded r) {
                String cursor = cursors.encode(update.threadId(), update.position());
                trailing.add(Notifications.resync(update.threadId(), cursor, r.resync()));
            }
        }
    }

    ThreadUpdate update() {
        return update;
    }

    long revision() {
        return update.revision();
    }

    List<EncodedEvent> texts() {
        return texts;
    }

    /** Id to newest version of the messages in it: made once, and shared by all who are sent the update. */
    Map<Long, Long> states() {
        Map<Long, Long> made = states;
        if (made == null) {
            Map<Long, Long> all = new HashMap<>();
            texts.forEach(text -> text.message().ifPresent(m -> all.merge(m.arrivedAt(), m.version(), Math::max)));
            made = Map.copyOf(all);
            states = made;
        }
        return made;
    }

    /** What every subscriber is told after the events. */
    List<Frame> trailing() {
        return trailing;
    }

    /** Whether the user is a participant after the update. */
    boolean names(String userId) {
        return update.roster().member(userId).isPresent();
    }

    /** How many of the events the user may get: all for a participant, else those before the one that removes it. */
    int limit(String userId) {
        if (names(userId)) {
            return texts.size();
        }
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i).removes(userId)) {
                return i;
            }
        }
        return 0;
    }
}
