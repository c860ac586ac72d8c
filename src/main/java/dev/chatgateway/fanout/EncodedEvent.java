package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatEvent.MessageDeleted;
import dev.chatgateway.event.ChatEvent.MessageEdited;
import dev.chatgateway.event.ChatEvent.MessageReceived;
import dev.chatgateway.event.ChatEvent.ParticipantsAdded;
import dev.chatgateway.event.ChatEvent.ParticipantsRemoved;
import dev.chatgateway.event.ChatEvent.PropertiesUpdated;
import dev.chatgateway.event.ChatEvent.ReceiptMoved;
import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.protocol.CursorCodec;
import dev.chatgateway.protocol.EventPayloads;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One event on its way through a loop: its text is made once, and each audience only adds its number. */
final class EncodedEvent {
    private static final byte[] END = {'}', '}'};

    private final ChatEvent event;
    private final Item item;
    private final CursorCodec cursors;
    private byte @Nullable [] head;
    private @Nullable String cursor;

    EncodedEvent(Item item, CursorCodec cursors) {
        this.item = item;
        this.event = item.event();
        this.cursors = cursors;
    }

    ChatEvent event() {
        return event;
    }

    EventGroup group() {
        return event.group();
    }

    /** The name of the notification. */
    String method() {
        return EventPayloads.method(event);
    }

    /** The message whose state this is, if it is one. */
    Optional<ChatMessage> message() {
        return message(event);
    }

    /** The message whose state an event is, if it is one. */
    static Optional<ChatMessage> message(ChatEvent event) {
        if (event instanceof MessageReceived e) {
            return Optional.of(e.message());
        } else if (event instanceof MessageEdited e) {
            return Optional.of(e.message());
        } else if (event instanceof MessageDeleted e) {
            return Optional.of(e.message());
        }
        return Optional.empty();
    }

    /** When the service made the change, epoch milliseconds; 0 where it does not say. */
    long version() {
        if (event instanceof ParticipantsAdded e) {
            return e.version();
        } else if (event instanceof ParticipantsRemoved e) {
            return e.version();
        } else if (event instanceof PropertiesUpdated e) {
            return e.version();
        }
        return message().map(ChatMessage::version).orElse(0L);
    }

    /** Whether it has a number in its audience: typing comes and goes without. */
    boolean counted() {
        return !(event instanceof TypingIndicator);
    }

    /** Whether it takes the user out of the thread. */
    boolean removes(String userId) {
        return event instanceof ParticipantsRemoved e
                && e.participants().stream().anyMatch(p -> p.userId().equals(userId));
    }

    /** The whole notification with that number, which is left out for an event that has none. */
    Frame frame(long seq) {
        byte[] head = head();
        byte[] tail = counted() ? (",\"seq\":" + seq + "}}").getBytes(StandardCharsets.US_ASCII) : END;
        byte[] text = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, text, head.length, tail.length);
        Frame.Kind kind = counted() ? Frame.Kind.EVENT : Frame.Kind.TRANSIENT;
        return new Frame(kind, event.threadId(), counted() ? seq : -1, key(), cursor(), text, event);
    }

    private @Nullable String key() {
        if (event instanceof ReceiptMoved e) {
            return "receipt " + e.receipt().readerId();
        } else if (event instanceof TypingIndicator e) {
            return "typing " + e.senderId();
        }
        return message().map(m -> "message " + m.id()).orElse(null);
    }

    private String cursor() {
        String made = cursor;
        if (made == null) {
            made = cursors.encode(event.threadId(), item.position());
            cursor = made;
        }
        return made;
    }

    /** Everything up to the place of the number: the two closing braces are cut off. */
    private byte[] head() {
        byte[] made = head;
        if (made == null) {
            var params = EventPayloads.params(event).put("cursor", cursor());
            String text = EventPayloads.notification(method(), params).encode();
            byte[] whole = text.getBytes(StandardCharsets.UTF_8);
            made = Arrays.copyOf(whole, whole.length - END.length);
            head = made;
        }
        return made;
    }
}
