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

/** An event whose JSON is encoded once per event loop. A frame for an audience only appends the sequence number. */
final class EncodedEvent {
    private static final byte[] END = {'}', '}'};

    private final ChatEvent source;
    private final Item item;
    private final CursorCodec cursors;
    private byte @Nullable [] head;
    private @Nullable String cursor;

    EncodedEvent(Item item, CursorCodec cursors) {
        this.item = item;
        this.source = item.event();
        this.cursors = cursors;
    }

    ChatEvent source() {
        return source;
    }

    ChatEvent.Type type() {
        return source.type();
    }

    /** Whether the event has a sequence number in its audience. */
    boolean numbered() {
        return source.type().numbered();
    }

    /** The message whose state the event carries. */
    Optional<ChatMessage> message() {
        return source.messageState();
    }

    /** Whether the event takes the user out of the thread. */
    boolean removes(String userId) {
        return source.removedParticipants().stream().anyMatch(p -> p.userId().equals(userId));
    }

    /** The whole notification. The number is left out for an event that has none. */
    Frame frame(long seq) {
        boolean numbered = numbered();
        byte[] head = head();
        byte[] tail = numbered ? (",\"seq\":" + seq + "}}").getBytes(StandardCharsets.US_ASCII) : END;
        byte[] text = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, text, head.length, tail.length);
        Frame.Kind kind = numbered ? Frame.Kind.EVENT : Frame.Kind.TRANSIENT;
        String key = source.conflationKey().orElse(null);
        return new Frame(kind, source.threadId(), numbered ? seq : -1, key, cursor(), text, source);
    }

    private String cursor() {
        String made = cursor;
        if (made == null) {
            made = cursors.encode(source.threadId(), item.position());
            cursor = made;
        }
        return made;
    }

    /** The text up to the sequence number, without the two closing braces. */
    private byte[] head() {
        byte[] made = head;
        if (made == null) {
            var params = EventPayloads.params(source).put("cursor", cursor());
            String text = FrameEncoder.notification(type().method(), params).encode();
            byte[] whole = text.getBytes(StandardCharsets.UTF_8);
            made = Arrays.copyOf(whole, whole.length - END.length);
            head = made;
        }
        return made;
    }
}
