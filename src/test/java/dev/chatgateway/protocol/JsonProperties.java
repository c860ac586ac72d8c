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
 * Any text at all is either requests or one clear error for each entry, as a strict JSON parser that knows no limits but
 * Jackson's own sees it; and every answer is JSON again, with the id that was asked with.
 */
class JsonProperties {
    private static final int BATCH = 5;
    private static final int DEPTH = 8;
    private static final List<Integer> CODES =
            List.of(RpcError.PARSE, RpcError.INVALID_REQUEST, RpcError.INVALID_PARAMS);
    private static final FrameDecoder DECODER = new FrameDecoder(BATCH, DEPTH);
    private static final JsonFactory STRICT = new JsonFactory();

    @FuzzTest(maxDuration = "4s")
    void every_text_is_requests_or_clear_errors(byte[] input) {
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

    /** The error that the whole text got, or 0 if there were requests to look at. */
    private static int error(FrameDecoder.Decoded decoded) {
        return !decoded.batch() && decoded.entries().get(0) instanceof FrameDecoder.Entry.Bad bad
                ? bad.error().code()
                : 0;
    }

    /** How deep it is nested; -1 if it is no JSON. */
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
