package dev.chatgateway.chatproxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.upstream.ChatOperation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatProxyPathTest {
    @ParameterizedTest
    @EnumSource(ChatOperation.class)
    void each_operation_is_known_by_its_path(ChatOperation operation) {
        String target =
                operation.template().replace("{t}", "19%3Aa%2Db@thread.v2").replace("{m}", "1700") + "?api-version=1";
        ChatProxyPath path = ChatProxyPath.of(operation.method(), target).orElseThrow();

        assertThat(path.operation()).isEqualTo(operation);
        assertThat(path.label()).isEqualTo(operation.label());
        assertThat(path.threadId()).isEqualTo(operation.template().contains("{t}") ? "19:a-b@thread.v2" : null);
        assertThat(path.messageId()).isEqualTo(operation.template().contains("{m}") ? "1700" : null);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /chat/config/realTimeNotifications?api-version=1, config",
        "POST, /chat/threads/19:a@thread.v2/images, images",
        "GET, /chat/threads/19:a@thread.v2/images/7/views/small, images",
        "PUT, /chat/threads, other",
        "GET, /chat/anything, other",
        "POST, /chat/threads/19:a@thread.v2/participants/:update, other",
    })
    void other_paths_have_a_label_of_a_closed_set(String method, String target, String label) {
        ChatProxyPath path = ChatProxyPath.of(method, target).orElseThrow();
        assertThat(path.label()).isEqualTo(label);
        assertThat(path.operation()).isNull();
        assertThat(path.threadId()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/chat",
                "/chat/",
                "/identities",
                "/chat/../identities",
                "/chat/%2e%2E/identities",
                "/chat/threads/..%2F..%2Fidentities",
                "/chat/threads/..%5c..",
                "/chat/threads/%252e%252e/x",
                "/chat//threads",
                "/chat/threads/./a",
                "/chat/threads/a%00b",
                "/chat/threads/%zz",
                "/x/../chat/threads",
                "http://other.example/chat/threads",
                "*",
                "",
            })
    void unsafe_paths_are_refused(String target) {
        assertThat(ChatProxyPath.of("GET", target)).isEmpty();
    }

    /** The service may accept such a path as the operation, so it must be charged. */
    @ParameterizedTest
    @CsvSource({
        "GET, /chat/Threads, LIST_THREADS",
        "GET, /chat/%54HREADS, LIST_THREADS",
        "POST, /chat/threads/19:a@thread.v2/PARTICIPANTS/:Add, ADD_PARTICIPANTS",
        "GET, /chat/threads/19:A@thread.v2/readreceipts, LIST_READ_RECEIPTS",
    })
    void case_of_a_path_does_not_change_the_operation(String method, String target, ChatOperation operation) {
        assertThat(ChatProxyPath.of(method, target).orElseThrow().operation()).isEqualTo(operation);
    }

    @Test
    void plus_in_a_path_is_not_a_space() {
        assertThat(ChatProxyPath.of("GET", "/chat/threads/19:a+b@thread.v2")
                        .orElseThrow()
                        .threadId())
                .isEqualTo("19:a+b@thread.v2");
    }
}
