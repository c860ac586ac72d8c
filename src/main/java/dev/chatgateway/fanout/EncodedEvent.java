package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.protocol.CursorCodec;
import dev.chatgateway.protocol.EventPayloads;
import dev.chatgateway.protocol.FrameEncoder;
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

    /** The message whose state the event carries. */
    Optional<ChatMessage> message() {
        return event.messageState();
    }

    /** Whether the event takes the user out of the thread. */
    boolean removes(String userId) {
        return event.removedParticipants().stream().anyMatch(p -> p.userId().equals(userId));
    }

    /** The whole notification with that number, which is left out for an event that has none. */
    Frame frame(long seq) {
        byte[] head = head();
        byte[] tail = event.type().numbered() ? (",\"seq\":" + seq + "}}").getBytes(StandardCharsets.US_ASCII) : END;
        byte[] text = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, text, head.length, tail.length);
        Frame.Kind kind = event.type().numbered() ? Frame.Kind.EVENT : Frame.Kind.TRANSIENT;
        return new Frame(
                kind,
                event.threadId(),
                event.type().numbered() ? seq : -1,
                event.conflationKey().orElse(null),
                cursor(),
                text);
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
            String text =
                    FrameEncoder.notification(event.type().method(), params).encode();
            byte[] whole = text.getBytes(StandardCharsets.UTF_8);
            made = Arrays.copyOf(whole, whole.length - END.length);
            head = made;
        }
        return made;
    }
}
