package dev.chatgateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Any text decodes to requests, or to one error per entry, in agreement with a strict JSON parser that has only Jackson's own
 * limits. Every response is valid JSON with the id of its request.
 */
class JsonProperties {
    private static final int BATCH = 5;
    private static final int DEPTH = 8;
    private static final List<Integer> CODES =
            List.of(RpcError.PARSE, RpcError.INVALID_REQUEST, RpcError.INVALID_PARAMS);
    private static final FrameDecoder DECODER = new FrameDecoder(BATCH, DEPTH);
    private static final JsonFactory STRICT = new JsonFactory();

    @FuzzTest(maxDuration = "4s")
    void any_text_decodes_to_requests_or_errors(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        FrameDecoder.Decoded decoded = DECODER.decode(text);

        assertThat(decoded.entries()).isNotEmpty().hasSizeLessThanOrEqualTo(BATCH);
        assertThat(decoded.batch() || decoded.entries().size() == 1).isTrue();
        for (FrameDecoder.Entry entry : decoded.entries()) {
            checkAnswer(entry);
        }
        int depth = strictDepth(text);
        if (depth > DEPTH) {
            assertThat(error(decoded)).isEqualTo(RpcError.INVALID_REQUEST);
        } else if (depth < 0) {
            assertThat(error(decoded)).isIn(RpcError.PARSE, RpcError.INVALID_REQUEST);
        } else {
            assertThat(error(decoded)).isNotEqualTo(RpcError.PARSE);
        }
    }

    private static void checkAnswer(FrameDecoder.Entry entry) {
        Object id = entry instanceof FrameDecoder.Entry.Bad bad
                ? bad.id()
                : ((FrameDecoder.Entry.Call) entry).request().id();
        JsonObject answer = entry instanceof FrameDecoder.Entry.Bad bad
                ? FrameEncoder.error(id, bad.error())
                : FrameEncoder.result(id, new JsonObject());
        if (entry instanceof FrameDecoder.Entry.Bad bad) {
            assertThat(bad.error().code()).isIn(CODES);
            assertThat(bad.error().getMessage()).isNotBlank();
        }
        String encoded = answer.encode();
        assertThat(strictDepth(encoded)).isPositive();
        Object back = new JsonObject(encoded).getValue("id");
        assertThat(back).isEqualTo(id);
    }

    /** The error code for the whole text; 0 when it was decoded to entries. */
    private static int error(FrameDecoder.Decoded decoded) {
        return !decoded.batch() && decoded.entries().get(0) instanceof FrameDecoder.Entry.Bad bad
                ? bad.error().code()
                : 0;
    }

    /** Depth of nesting; -1 for a text that is not JSON. */
    private static int strictDepth(String text) {
        int depth = 0;
        int deepest = 0;
        int values = 0;
        try (JsonParser parser = STRICT.createParser(text)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                values += depth == 0 ? 1 : 0;
                if (token.isStructStart()) {
                    deepest = Math.max(deepest, ++depth);
                } else if (token.isStructEnd()) {
                    depth--;
                } else if (token.isNumeric()) {
                    parser.getNumberValue();
                }
            }
        } catch (IOException | NumberFormatException e) {
            return -1;
        }
        return values == 1 && depth == 0 ? deepest : -1;
    }
}
