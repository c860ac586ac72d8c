package dev.chatgateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ParamsTest {
    @Test
    void valid_values_are_returned() {
        Params params = new Params(new JsonObject("""
                {"topic":"t","size":5,"on":true,"at":"2026-01-31T12:00:00.1234567+01:00","none":null,
                 "metadata":{"a":"b"},"list":[{"x":1}]}"""));

        assertThat(params.string("topic", 1, 10)).isEqualTo("t");
        assertThat(params.optionalInt("size", 1, 200)).hasValue(5);
        assertThat(params.flag("on")).isTrue();
        assertThat(params.optionalTime("at")).contains(Instant.parse("2026-01-31T11:00:00.123456700Z"));
        assertThat(params.optionalString("none", 1, 5)).isEmpty();
        assertThat(params.optionalStrings("metadata").orElseThrow()).containsEntry("a", "b");
        Params element = params.element("list", params.array("list", 3), 0);
        assertThat(element.optionalInt("x", 0, 1)).hasValue(1);
        element.finish();
        params.finish();
    }

    @Test
    void refusals_name_field_value_and_expected_range() {
        Params params = new Params(new JsonObject(
                "{\"size\":500,\"text\":7,\"at\":\"tomorrow\",\"list\":[1],\"kind\":\"x\",\"on\":\"yes\",\"f\":1.5}"));

        refused(() -> params.optionalInt("size", 1, 200), "size: 500 (expected: 1 to 200)");
        refused(() -> params.optionalString("text", 0, 9), "text: 7 (expected: a string)");
        refused(() -> params.string("topic", 1, 250), "topic: missing (expected: a string of 1 to 250 characters)");
        refused(
                () -> params.optionalTime("at"),
                "at: \"tomorrow\" (expected: a date-time such as 2026-01-31T12:00:00Z)");
        refused(() -> params.element("list", params.array("list", 3), 0), "list[0]: 1 (expected: an object)");
        refused(() -> params.optionalChoice("kind", "text", "html"), "kind: \"x\" (expected: one of text, html)");
        refused(() -> params.flag("on"), "on: \"yes\" (expected: true or false)");
        refused(() -> params.optionalInt("f", 1, 200), "f: 1.5 (expected: a whole number from 1 to 200)");
    }

    @Test
    void unknown_fields_are_refused_by_name() {
        Params params = new Params(new JsonObject("{\"topic\":\"t\",\"topci\":\"t\"}"));
        params.string("topic", 1, 10);

        refused(params::finish, "topci: unknown field (expected: topic)");
    }

    private static void refused(ThrowingCallable read, String message) {
        assertThatThrownBy(read)
                .isInstanceOfSatisfying(
                        RpcError.class, e -> assertThat(e.code()).isEqualTo(RpcError.INVALID_PARAMS))
                .hasMessage(message);
    }
}
