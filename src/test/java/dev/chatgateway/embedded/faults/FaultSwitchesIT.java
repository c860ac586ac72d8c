package dev.chatgateway.embedded.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.config.GatewayConfig.Embedded.Faults;
import dev.chatgateway.config.GatewayConfig.Embedded.Faults.Rule;
import dev.chatgateway.embedded.ServiceFixture;
import dev.chatgateway.embedded.TestService;
import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Faults that are set by method and by the management routes. */
class FaultSwitchesIT {
    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.plain();

    private final TestService service = FIXTURE.memory();

    @AfterEach
    void repair() {
        service.service.faults().set(FaultSwitches.none());
    }

    private void rule(String operation, String kind, Integer status) {
        service.service.faults().set(new Faults(0, 0, 0, false, List.of(new Rule(operation, kind, status, 1))));
    }

    @Test
    void status_fault_fails_its_operation_without_executing_it() {
        User alice = service.user();
        String path = "/chat/threads/" + service.thread(alice) + "/messages";
        rule("sendMessage", "status", 503);

        Answer failed = service.post(alice, path, "{\"content\":\"x\"}");

        assertThat(failed.status()).isEqualTo(503);
        assertThat(failed.code()).isEqualTo("ServiceUnavailable");
        assertThat(failed.header("Retry-After")).isEqualTo("1");
        assertThat(service.get(alice, path).json().path("value")).hasSize(2);
        rule(null, "status", 500);
        Answer any = service.get(alice, path);
        assertThat(any.status()).isEqualTo(500);
        assertThat(any.header("Retry-After")).isNull();
    }

    @Test
    void dropped_response_leaves_the_write_executed() {
        User alice = service.user();
        String path = "/chat/threads/" + service.thread(alice) + "/messages";
        rule("sendMessage", "drop", null);

        assertThatThrownBy(() -> service.post(alice, path, "{\"content\":\"lost answer\"}"))
                .isInstanceOf(UncheckedIOException.class);

        service.service.faults().set(FaultSwitches.none());
        assertThat(service.get(alice, path).text("value.0.content.message")).isEqualTo("lost answer");
    }

    @Test
    void faults_delay_responses_expire_tokens_and_shift_the_clock() {
        User alice = service.user();
        service.service.faults().set(new Faults(300, 10, 0, false, List.of()));
        long before = System.nanoTime();
        assertThat(service.get(alice, "/chat/threads").status()).isEqualTo(200);
        assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(300_000_000L);

        service.service.faults().set(new Faults(0, 0, 0, true, List.of()));
        assertThat(service.get(alice, "/chat/threads").status()).isEqualTo(401);

        service.service.faults().set(new Faults(0, 0, -3_600_000, false, List.of()));
        String id = service.thread(alice);
        long arrived = Long.parseLong(service.message(alice, id, "x"));
        assertThat(System.currentTimeMillis() - arrived).isBetween(3_500_000L, 3_700_000L);
        service.service.faults().set(new Faults(0, 0, 86_400_000, false, List.of()));
        assertThat(service.get(alice, "/chat/threads").status())
                .as("the token has expired")
                .isEqualTo(401);
    }

    @Test
    void fault_routes_show_and_replace_all_faults() {
        withRoutes(uri -> {
            Answer put = put(
                    uri,
                    "{\"latencyMs\":5,\"rules\":[{\"operation\":\"getThread\",\"kind\":\"status\",\"status\":429,\"rate\":1}]}");
            assertThat(put.status()).isEqualTo(200);
            assertThat(put.json().path("latencyMs").asInt()).isEqualTo(5);
            assertThat(put.json().path("expiredTokens").asBoolean()).isFalse();
            User alice = service.user();
            assertThat(service.get(alice, "/chat/threads/19:x@thread.v2").status())
                    .isEqualTo(429);
            assertThat(service.send(TestService.request(uri, "GET", null).build())
                            .json())
                    .isEqualTo(put.json());
            assertThat(put(uri, "{}").json().path("rules")).isEmpty();
            assertThat(service.get(alice, "/chat/threads/19:x@thread.v2").status())
                    .isEqualTo(404);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "{\"latencyMs\":-1} | latencyMs: -1 (expected: 0 to 600000)",
                "{\"latency\":1} | latency: unknown field (expected: clockOffsetMs, expiredTokens, latencyJitterMs, latencyMs, rules)",
                "{\"expiredTokens\":\"yes\"} | expiredTokens: \"yes\" (expected: true or false)",
                "{\"clockOffsetMs\":1.5} | clockOffsetMs: 1.5 (expected: an integer)",
                "{\"rules\":{}} | rules: {} (expected: an array)",
                "{\"rules\":[{\"kind\":\"status\",\"status\":200,\"rate\":1}]} | rules[0].status: 200 (expected: 400 to 599)",
                "{\"rules\":[{\"kind\":\"burn\",\"rate\":1}]} | rules[0].kind: burn (expected: status or drop)",
                "{\"rules\":[{\"kind\":\"drop\",\"rate\":2}]} | rules[0].rate: 2.0 (expected: 0 to 1)",
                "{\"rules\":[{\"kind\":\"drop\"}]} | rules[0].rate: missing (expected: 0 to 1)",
                "{\"rules\":[{\"kind\":\"drop\",\"rate\":1,\"operation\":\"fly\"}]} | rules[0].operation: fly (expected: an operation of docs/embedded.md)",
                "[] | body: [] (expected: an object)",
                "{ | body: not well-formed JSON (expected: a JSON object)",
                "'' | body:  (expected: an object)"
            })
    void invalid_put_changes_nothing(String body, String message) {
        withRoutes(uri -> {
            put(uri, "{\"latencyMs\":1}");
            Answer refused = put(uri, body);
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.text("error.message")).isEqualTo(message);
            assertThat(service.service.faults().get().latencyMs()).isEqualTo(1);
        });
    }

    @Test
    void curl_needs_no_content_type() {
        withRoutes(uri -> {
            Answer put = service.send(HttpRequest.newBuilder(uri)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .PUT(HttpRequest.BodyPublishers.ofString("{\"latencyMs\":7}"))
                    .build());
            assertThat(put.json().path("latencyMs").asInt()).as(put.body()).isEqualTo(7);
        });
    }

    private Answer put(URI uri, String body) {
        return service.send(TestService.request(uri, "PUT", body).build());
    }

    private void withRoutes(java.util.function.Consumer<URI> test) {
        Vertx vertx = Vertx.vertx();
        Router router = Router.router(vertx);
        service.service.faults().mount(router);
        HttpServer server = TestService.await(
                vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
        try {
            test.accept(URI.create("http://127.0.0.1:" + server.actualPort() + "/faults"));
        } finally {
            TestService.await(vertx.close());
        }
    }
}
