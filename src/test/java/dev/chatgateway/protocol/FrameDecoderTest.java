package dev.chatgateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FrameDecoderTest {
    private final FrameDecoder decoder = new FrameDecoder(3, 8);

    @Test
    void request_is_decoded() {
        FrameDecoder.Decoded decoded =
                decoder.decode("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\",\"params\":{\"a\":1}}");

        assertThat(decoded.batch()).isFalse();
        RpcRequest request = ((FrameDecoder.Entry.Call) decoded.entries().get(0)).request();
        assertThat(request.id()).isEqualTo(7);
        assertThat(request.method()).isEqualTo("ping");
        assertThat(request.notification()).isFalse();
        assertThat(request.params().getInteger("a")).isEqualTo(1);
    }

    @Test
    void unknown_members_are_ignored() {
        assertThat(call("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"extra\":1}")
                        .method())
                .isEqualTo("ping");
    }

    @Test
    void empty_list_of_params_is_no_params() {
        assertThat(call("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[]}")
                        .params())
                .isEmpty();
    }

    @Test
    void request_without_id_is_a_notification_null_id_is_not() {
        assertThat(call("{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}").notification())
                .isTrue();
        assertThat(call("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}").notification())
                .isFalse();
    }

    @Test
    void batch_keeps_valid_requests_when_one_is_invalid() {
        FrameDecoder.Decoded decoded = decoder.decode("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},5]");

        assertThat(decoded.batch()).isTrue();
        assertThat(decoded.entries().get(0)).isInstanceOf(FrameDecoder.Entry.Call.class);
        assertThat(decoded.entries().get(1)).isInstanceOf(FrameDecoder.Entry.Bad.class);
    }

    static Stream<Arguments> broken() {
        return Stream.of(
                Arguments.of("", RpcError.PARSE, "no JSON"),
                Arguments.of("{", RpcError.PARSE, "no JSON"),
                Arguments.of("{} trailing", RpcError.PARSE, "no JSON"),
                Arguments.of("nul", RpcError.PARSE, "no JSON"),
                Arguments.of("7", RpcError.INVALID_REQUEST, "not an object"),
                Arguments.of("[]", RpcError.INVALID_REQUEST, "batch: 0 requests (expected: 1 to 3)"),
                Arguments.of("[1,2,3,4]", RpcError.INVALID_REQUEST, "batch: 4 requests (expected: 1 to 3)"),
                Arguments.of("{\"id\":1,\"method\":\"ping\"}", RpcError.INVALID_REQUEST, "jsonrpc"),
                Arguments.of("{\"jsonrpc\":\"2.0\",\"id\":1}", RpcError.INVALID_REQUEST, "method"),
                Arguments.of(
                        "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}", RpcError.INVALID_REQUEST, "id: neither"),
                Arguments.of(
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[1]}",
                        RpcError.INVALID_PARAMS,
                        "params: not an object"),
                Arguments.of("[[[[[[[[[1]]]]]]]]]", RpcError.INVALID_REQUEST, "nesting: more than 8 levels"),
                Arguments.of("[".repeat(50_000), RpcError.INVALID_REQUEST, "nesting"));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void invalid_request_gets_an_error(String text, int code, String message) {
        FrameDecoder.Entry entry = decoder.decode(text).entries().get(0);

        assertThat(entry).isInstanceOf(FrameDecoder.Entry.Bad.class);
        RpcError error = ((FrameDecoder.Entry.Bad) entry).error();
        assertThat(error.code()).isEqualTo(code);
        assertThat(error.getMessage()).contains(message);
    }

    @Test
    void comments_are_refused() {
        for (String text : List.of("/*\"*/" + "[".repeat(100), "{} // \"", "# {}", "[1 /* one */]")) {
            FrameDecoder.Entry entry = decoder.decode(text).entries().get(0);
            assertThat(((FrameDecoder.Entry.Bad) entry).error().code()).isEqualTo(RpcError.PARSE);
        }
        assertThat(call("{\"jsonrpc\":\"2.0\",\"id\":\"/*//\",\"method\":\"ping\"}")
                        .id())
                .isEqualTo("/*//");
    }

    @Test
    void id_beyond_the_range_of_a_double_is_refused() {
        for (String id : List.of("1e999", "-1e999", "9".repeat(400))) {
            FrameDecoder.Entry entry = decoder.decode("{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":" + id + "}")
                    .entries()
                    .get(0);
            assertThat(((FrameDecoder.Entry.Bad) entry).error().getMessage()).contains("id: neither");
        }
    }

    @Test
    void brackets_in_strings_do_not_count_as_nesting() {
        assertThat(call("{\"jsonrpc\":\"2.0\",\"id\":\"[[[[[[[[[[\\\"[[\",\"method\":\"ping\"}")
                        .method())
                .isEqualTo("ping");
    }

    private RpcRequest call(String text) {
        return ((FrameDecoder.Entry.Call) decoder.decode(text).entries().get(0)).request();
    }
}
