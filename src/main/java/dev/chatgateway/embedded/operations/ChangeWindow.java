package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.Query;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The page token of a message list: the versions that the pages of this pass have covered. The next page continues below
 * {@code last}. A message that changes meanwhile gets a version above {@code first}: it leaves the rest of the pass and is
 * at the top of the next one. Encoded like the real service's token, in hexadecimal: the byte 3e, the length of the thread
 * id (32 bits), the thread id, the byte 01 and both versions (64 bits); numbers are little-endian. The token grants no
 * access: visibility is checked for each page.
 *
 * @param last version of the last item of the page
 * @param first version of the first item of the first page of the pass
 */
record ChangeWindow(String thread, long last, long first) {
    private static final byte START = 0x3e;
    private static final byte VERSIONS = 0x01;
    private static final int MAX_ID = 1_024;

    /** The window of a request; null for the first page. */
    static @Nullable ChangeWindow of(Query query, String thread) {
        String text = query.text("syncState");
        if (text == null || text.isEmpty()) {
            return null;
        }
        ChangeWindow window = parse(text);
        if (window == null) {
            throw ApiError.badField("syncState", "unknown", "the value of a nextLink");
        }
        if (!window.thread.equals(thread)) {
            throw ApiError.badField("syncState", "of another thread", "the value of a nextLink");
        }
        return window;
    }

    private static @Nullable ChangeWindow parse(String text) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(text)).order(ByteOrder.LITTLE_ENDIAN);
            if (bytes.get() != START) {
                return null;
            }
            int length = bytes.getInt();
            if (length < 0 || length > MAX_ID) {
                return null;
            }
            byte[] thread = new byte[length];
            bytes.get(thread);
            if (bytes.get() != VERSIONS) {
                return null;
            }
            ChangeWindow window =
                    new ChangeWindow(new String(thread, StandardCharsets.UTF_8), bytes.getLong(), bytes.getLong());
            boolean valid = !bytes.hasRemaining() && window.last >= 0 && window.last <= window.first;
            return valid ? window : null;
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            return null;
        }
    }

    String encoded() {
        byte[] id = thread.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(2 + Integer.BYTES + id.length + 2 * Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(START)
                .putInt(id.length)
                .put(id)
                .put(VERSIONS)
                .putLong(last)
                .putLong(first);
        return HexFormat.of().formatHex(bytes.array());
    }
}
