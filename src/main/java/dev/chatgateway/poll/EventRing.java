package dev.chatgateway.poll;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.ThreadUpdate.Item;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The last events of a thread with the positions between them: who stopped at one of these gets what followed without a
 * call. Bounded in number, bytes and age.
 */
final class EventRing {
    private static final int MOST_BYTES = 256 * 1024;
    /** What an event weighs beside its content. */
    private static final int EVENT_BYTES = 200;

    private final int most;
    private final long oldestMs;
    private final Deque<Entry> entries = new ArrayDeque<>(1);
    private int bytes;

    /** With its bounds in number and age. */
    EventRing(int most, long oldestMs) {
        this.most = most;
        this.oldestMs = oldestMs;
    }

    /** A position, and the event that led to it; null where something else did. */
    private record Entry(Position after, @Nullable ChatEvent event, long at, int bytes) {}

    /** Adds what was published, and the position that the thread is at now. */
    void add(List<Item> items, Position now, long at) {
        for (Item item : items) {
            if (!(item.event() instanceof TypingIndicator)) {
                add(new Entry(item.position(), item.event(), at, weight(item.event())));
            }
        }
        Entry last = entries.peekLast();
        if (last == null || !last.after.equals(now)) {
            add(new Entry(now, null, at, 0));
        }
    }

    /** Something was missed: nobody can go on from before. */
    void clear() {
        entries.clear();
        bytes = 0;
    }

    /**
     * Forgets events that are too old, if all are; whether what is left tells more than that the thread stands at its
     * present position.
     */
    boolean helps(Position present, long now) {
        Entry newest = entries.peekLast();
        if (newest != null && newest.at < now - oldestMs && newest.after.equals(present)) {
            Entry last = null;
            while (!entries.getFirst().after.equals(present)) {
                last = entries.removeFirst();
                bytes -= last.bytes;
            }
            if (last != null) {
                // Who stands here has got the event that led here, as one led here and from elsewhere.
                Entry first = entries.removeFirst();
                bytes -= first.bytes;
                entries.addFirst(new Entry(present, null, first.at, 0));
            }
        }
        Entry only = entries.size() == 1 ? entries.getFirst() : null;
        return only == null || only.event != null || !only.after.equals(present);
    }

    /**
     * What followed a position, the newest state of each thing, oldest change first; empty if it is not known here. Events
     * may leave the position as it was, such as an old edit that was found late: who stands there has got the first of
     * them, or none, and may not have got the rest.
     */
    Optional<List<Item>> since(Position position, long now) {
        List<Item> later = new ArrayList<>();
        Set<String> newer = new HashSet<>();
        Entry met = null;
        boolean whole = true;
        for (Iterator<Entry> newestFirst = entries.descendingIterator(); newestFirst.hasNext(); ) {
            Entry entry = newestFirst.next();
            if (entry.after.equals(position)) {
                collect(met, newer, later);
                met = entry;
            } else if (met != null || entry.at < now - oldestMs) {
                whole = false;
                break;
            } else {
                collect(entry, newer, later);
            }
        }
        if (whole) {
            // What led to the position may be forgotten already: then this is a later one.
            collect(met, newer, later);
        }
        Collections.reverse(later);
        return met == null ? Optional.empty() : Optional.of(List.copyOf(later));
    }

    private void add(Entry entry) {
        entries.addLast(entry);
        bytes += entry.bytes;
        while (entries.size() > most
                || (bytes > MOST_BYTES && entries.size() > 1)
                || entries.getFirst().at < entry.at - oldestMs) {
            bytes -= entries.removeFirst().bytes;
        }
    }

    private static void collect(@Nullable Entry entry, Set<String> newer, List<Item> later) {
        if (entry != null && entry.event != null && newer.add(key(entry.event))) {
            later.add(new Item(entry.event, entry.after));
        }
    }

    /** What an event is the state of: a later event of the same key makes it obsolete. */
    private static String key(ChatEvent event) {
        return message(event).map(m -> "message " + m.id()).orElseGet(() -> {
            if (event instanceof ChatEvent.ReceiptMoved e) {
                return "receipt " + e.receipt().readerId();
            }
            return event instanceof ChatEvent.PropertiesUpdated ? "properties" : event.toString();
        });
    }

    private static int weight(ChatEvent event) {
        return EVENT_BYTES + message(event).map(EventRing::weight).orElse(0);
    }

    private static int weight(ChatMessage message) {
        String text = message.text();
        String attachments = message.attachments();
        int characters = (text == null ? 0 : text.length()) + (attachments == null ? 0 : attachments.length());
        for (Map.Entry<String, String> entry : message.metadata().entrySet()) {
            characters += entry.getKey().length() + entry.getValue().length();
        }
        return 2 * characters + EVENT_BYTES * message.participants().size();
    }

    private static Optional<ChatMessage> message(ChatEvent event) {
        if (event instanceof ChatEvent.MessageReceived e) {
            return Optional.of(e.message());
        } else if (event instanceof ChatEvent.MessageEdited e) {
            return Optional.of(e.message());
        }
        return event instanceof ChatEvent.MessageDeleted e ? Optional.of(e.message()) : Optional.empty();
    }
}
