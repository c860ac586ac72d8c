package dev.chatgateway.embedded;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The position after the last item of a page of threads, opaque to clients. It grants nothing: visibility is checked for each page
 * anew.
 *
 * @param number time of a thread's last message
 * @param id thread id
 */
record SyncState(long number, String id) {
    /** The caller's position, or null on the first page. */
    static @Nullable SyncState of(Query query) {
        String text = query.text("syncState");
        if (text == null || text.isEmpty()) {
            return null;
        }
        try {
            String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
            int space = plain.indexOf(' ');
            if (space > 0) {
                return new SyncState(Long.parseLong(plain.substring(0, space)), plain.substring(space + 1));
            }
        } catch (IllegalArgumentException e) {
            // the same answer as for a text without a space
        }
        throw ApiError.badField("syncState", "unknown", "the value of a nextLink");
    }

    String encoded() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((number + " " + id).getBytes(StandardCharsets.UTF_8));
    }
}
