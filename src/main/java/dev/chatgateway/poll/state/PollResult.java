package dev.chatgateway.poll.state;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one poll of a thread found.
 *
 * @param items events in the order in which subscribers get them
 * @param published the messages that the events are about, as they were listed
 * @param notices what subscribers are told besides events
 * @param markBefore the mark of the window when the poll began
 * @param full whether everything up to the start of the poll is known, so that pending subscriptions can be completed
 * @param deleted whether the thread was deleted
 * @param failure why the poll was cut short; null when it was not
 */
public record PollResult(
        List<Item> items,
        List<ChatMessage> published,
        List<Notice> notices,
        long markBefore,
        boolean full,
        boolean deleted,
        @Nullable ChatServiceException failure) {
    public PollResult {
        items = List.copyOf(items);
        published = List.copyOf(published);
        notices = List.copyOf(notices);
    }

    /** Users whom the messages added. */
    public Stream<String> added() {
        return items.stream()
                .map(Item::event)
                .flatMap(event -> event.addedParticipants().stream())
                .map(Participant::userId);
    }

    /** How the poll ended, as the metric's label says it. */
    public String outcome() {
        ChatServiceException why = failure;
        if (why != null) {
            return why.kind() == Kind.THROTTLED ? "throttled" : why.kind() == Kind.REFUSED ? "refused" : "error";
        }
        return items.isEmpty() ? "unchanged" : "changed";
    }
}
