package dev.chatgateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.RawHttp1;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Unusual calls below {@code /chat}, which no official client makes. */
class ChatProxyEdgeCasesTest {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("ledger.otherCalls", "5");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/chat/config/x",
                "/chat/threads/19:x@thread.v2/images/1",
                "/chat/anything",
                "/chat/Anything/else"
            })
    void calls_that_are_no_operation_are_charged_to_their_user(String path) {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        ChatRest chat = ChatRest.plainHttp(GATEWAY);
        // The first call proves the token; until then it is charged to the address.
        chat.json("GET", ChatRest.CREATE, ann, null);
        int refused = 0;
        for (int i = 0; i < 12; i++) {
            HttpResponse<String> response = chat.call("GET", path + "?" + ChatRest.VERSION, ann.token(), null);
            if (response.statusCode() == 429) {
                refused++;
                assertThat(response.headers().firstValue("Retry-After")).isPresent();
            }
        }
        assertThat(refused).isGreaterThanOrEqualTo(7);
        ServiceUser ben = ServiceUser.create(GATEWAY);
        chat.json("GET", ChatRest.CREATE, ben, null);
        assertThat(chat.call("GET", path + "?" + ChatRest.VERSION, ben.token(), null)
                        .statusCode())
                .isNotEqualTo(429);
    }

    /** Regression: in another case the path was not recognized as the operation and was not charged. */
    @Test
    void operation_in_another_case_costs_the_same() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        ChatRest chat = ChatRest.plainHttp(GATEWAY);
        chat.json("GET", ChatRest.CREATE, ann, null);
        long refused = 0;
        for (int i = 0; i < 70; i++) {
            String path = i % 2 == 0 ? "/chat/Threads?" : "/chat/THREADS?";
            refused +=
                    chat.call("GET", path + ChatRest.VERSION, ann.token(), null).statusCode() == 429 ? 1 : 0;
        }
        assertThat(refused).isGreaterThan(10);
    }

    @Test
    void absolute_target_is_forwarded_and_names_the_host_of_links() throws IOException {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        String body = "{\"topic\":\"t\"}";
        String head = RawHttp1.head(
                port(),
                "POST",
                "http://my_host:8080" + ChatRest.CREATE,
                "Authorization: Bearer " + ann.token(),
                "Content-Type: application/json",
                "Content-Length: " + body.length());
        assertThat(RawHttp1.send(port(), head + body))
                .startsWith("HTTP/1.1 201")
                .containsIgnoringCase("\r\nLocation: http://my_host:8080/chat/threads/19%3A");
    }

    @Test
    void headers_over_the_limit_of_the_service_are_431() throws IOException {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        String[] headers = new String[6];
        headers[0] = "Authorization: Bearer " + ann.token();
        for (int i = 1; i < headers.length; i++) {
            headers[i] = "X-Long-" + i + ": " + "x".repeat(1_700);
        }
        assertThat(RawHttp1.request(port(), "GET", ChatRest.CREATE, headers))
                .startsWith("HTTP/1.1 431")
                .contains("application/json");
        headers[5] = "X-Short: 1";
        headers[4] = "X-Short: 1";
        assertThat(RawHttp1.request(port(), "GET", ChatRest.CREATE, headers)).startsWith("HTTP/1.1 200");
    }

    /** Regression: 503, and a stack trace in the log. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0001-01-01T00:00:00Z",
                "9999-12-31T23:59:59.9999999Z",
                "%2B999999999-12-31T23:59:59.999999999Z",
                "-999999999-01-01T00:00:00Z",
                "-999999999-01-01T00:00:00%2B18:00"
            })
    void extreme_start_times_are_answered(String time) {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        String messages = ServiceUser.thread(ann.createThread("t")) + "/messages?startTime=" + time;
        assertThat(ChatRest.plainHttp(GATEWAY)
                        .call("GET", messages + "&" + ChatRest.VERSION, ann.token(), null)
                        .statusCode())
                .isIn(200, 400);
    }

    @Test
    void identifiers_without_a_raw_id_reach_the_service() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        String thread = ann.createThread("t");
        JsonObject phone = new JsonObject().put("phoneNumber", new JsonObject().put("value", "+15550100"));
        try (var socket = dev.chatgateway.testing.ChatSocket.signIn(GATEWAY, ann)) {
            // The service answers 204 for a user who is not a participant.
            JsonObject result = socket.call(
                    "removeParticipant",
                    new JsonObject().put("threadId", thread).put("communicationIdentifier", phone));
            assertThat(result).isEmpty();
        }
    }

    private static URI port() {
        return GATEWAY.endpoints().http();
    }
}
