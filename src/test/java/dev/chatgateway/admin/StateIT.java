package dev.chatgateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.Management;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the management port tells of the node. */
class StateIT {
    private static final String SECRET = "sixteen characters and more";

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("events.secret", SECRET)
            .with("signing.key", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
            .with("process.eventLoops", "2");

    private final Management management = new Management(GATEWAY);
    private final ServiceUser ann = ServiceUser.create(GATEWAY);

    private JsonObject state(String query) {
        HttpResponse<String> response = management.get("/state" + query);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return new JsonObject(response.body());
    }

    private static List<JsonObject> entries(JsonObject page) {
        return page.getJsonArray("value").stream().map(JsonObject.class::cast).toList();
    }

    @Test
    void state_describes_threads_and_connections() {
        String thread = ann.createThread("Lunch");
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, ann)) {
            JsonObject on = new JsonObject().put("threadId", thread);
            socket.call("subscribe", on);
            socket.call("sendMessage", on.copy().put("content", "a body that nobody else reads"));
            socket.event("chatMessageReceived", e -> true);
            Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                JsonObject state = state("?threads=1000&connections=1000");
                JsonObject entry = entries(state.getJsonObject("threads")).stream()
                        .filter(t -> t.getString("threadId").equals(thread))
                        .findFirst()
                        .orElseThrow();
                assertThat(entry.getString("pace")).isEqualTo("hot");
                assertThat(entry.getString("role")).isEqualTo("own");
                assertThat(entry.getString("reader")).isNull();
                assertThat(entry.getLong("intervalMs")).isBetween(1L, 60_000L);
                assertThat(entry.getLong("readAgoMs")).isNotNegative();
                assertThat(entry.getInteger("subscribers")).isOne();
                JsonObject connection = entries(state.getJsonObject("connections")).stream()
                        .filter(c -> ann.id().equals(c.getString("userId")))
                        .findFirst()
                        .orElseThrow();
                assertThat(connection.getInteger("subscriptions")).isOne();
                assertThat(connection.getInteger("framesIn")).isGreaterThanOrEqualTo(3);
                assertThat(connection.getLong("bytesOut")).isGreaterThan(100);
                assertThat(state.getJsonObject("budgets").getDouble("listMessages per user and thread"))
                        .isBetween(0.0, 1.0);
                assertThat(state.getJsonObject("readiness").getBoolean("ready")).isTrue();
            });
            String all = management.get("/state?threads=1000&connections=1000").body();
            assertThat(all)
                    .doesNotContain(ann.token(), "a body that nobody else reads", SECRET, "MDEyMzQ1Njc4OWFiY2RlZ")
                    .contains("(hidden)");
        }
    }

    @Test
    void lists_have_pages() {
        TreeSet<String> wanted = new TreeSet<>();
        try (ChatSocket first = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket second = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket third = ChatSocket.signIn(GATEWAY, ann)) {
            for (ChatSocket socket : List.of(first, second, third)) {
                String thread = ann.createThread("t");
                wanted.add(thread);
                socket.call("subscribe", new JsonObject().put("threadId", thread));
            }
            assertThat(all("threads", "after", "threadId", 1)).containsAll(wanted);
            assertThat(all("connections", "connectionsAfter", "id", 2)).hasSizeGreaterThanOrEqualTo(3);
            assertThat(state("?threads=0").getJsonObject("threads").getJsonArray("value"))
                    .isEqualTo(new JsonArray());
        }
    }

    /** Every page of a list; names rise. */
    private List<String> all(String list, String parameter, String name, int size) {
        List<String> names = new ArrayList<>();
        String after = "";
        for (int pages = 0; after != null && pages < 100; pages++) {
            String query = "?" + list + "=" + size + "&" + parameter + "="
                    + java.net.URLEncoder.encode(after, java.nio.charset.StandardCharsets.UTF_8);
            JsonObject page = state(query).getJsonObject(list);
            assertThat(entries(page)).hasSizeLessThanOrEqualTo(size);
            entries(page).forEach(entry -> names.add(entry.getString(name)));
            after = page.getString("next");
        }
        assertThat(after).isNull();
        assertThat(names).isSorted().doesNotHaveDuplicates();
        return names;
    }

    @Test
    void page_size_is_limited() {
        for (String wrong : List.of("threads=1001", "threads=-1", "threads=x", "connections=99999")) {
            HttpResponse<String> response = management.get("/state?" + wrong);
            assertThat(response.statusCode()).as(wrong).isEqualTo(400);
            assertThat(response.body()).contains("expected: 0 to 1000");
        }
    }

    @Test
    void page_loads_only_its_own_files() {
        HttpResponse<String> page = management.get("/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'none'", "frame-ancestors 'none'")
                .doesNotContain("unsafe", "http");
        assertThat(page.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        for (String file : List.of("/state.js", "/state.css")) {
            assertThat(page.body()).contains('"' + file + '"');
            assertThat(management.get(file).statusCode()).isEqualTo(200);
            assertThat(management.get(file).body()).doesNotContain("http", "innerHTML", "eval(");
        }
        assertThat(page.body()).doesNotContain("http", "style=", "onclick");
    }

    @Test
    void readiness_is_json() {
        HttpResponse<String> ready = management.get("/readyz");
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(ready.body()).getJsonArray("holding"))
                .contains("notDraining", "started", "serviceAnswered", "loopsAnswer");
    }
}
