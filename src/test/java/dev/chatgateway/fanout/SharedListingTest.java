package dev.chatgateway.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Participant;
import dev.chatgateway.fanout.Snapshots.Newest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedListingTest {
    private final Vertx vertx = Vertx.vertx();
    private final SharedListing listing = new SharedListing();
    /** Who listed, in order, and after how many requests. */
    private final List<String> began = new ArrayList<>();

    private int requests;

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private static Visibility from(String time) {
        Participant member = new Participant("8:acs:ada", null, Instant.parse(time), Map.of());
        return Visibility.of(EventGroup.all(), Set.of(), member);
    }

    private static final Visibility ALL = from("1970-01-01T00:00:00Z");

    private Future<Newest> ask(String who, Visibility visibility, Function<String, Future<Newest>> answer) {
        requests++;
        return listing.newest(vertx, visibility, 50, () -> {
            began.add(who + " after " + requests);
            return answer.apply(who);
        });
    }

    private static Future<Newest> by(String who) {
        return Future.succeededFuture(Newest.all(new JsonArray().add(who)));
    }

    private List<String> ask(Function<String, Future<Newest>> answer, Map<String, Visibility> users) throws Exception {
        return Future.<List<Newest>>future(done -> vertx.runOnContext(v -> {
                    List<Future<Newest>> all = new ArrayList<>();
                    new TreeMap<>(users).forEach((who, sees) -> all.add(ask(who, sees, answer)));
                    Future.all(all)
                            .map(r -> all.stream().map(Future::result).toList())
                            .onComplete(done);
                }))
                .map(newest ->
                        newest.stream().map(n -> n.messages().getString(0)).toList())
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    @Test
    void listing_serves_only_those_who_asked_before_it_began() throws Exception {
        assertThat(ask(SharedListingTest::by, Map.of("a", ALL, "b", ALL, "c", ALL)))
                .containsExactly("a", "b", "b");
        assertThat(began).containsExactly("a after 1", "b after 3");
    }

    @Test
    void users_who_see_other_messages_list_for_themselves() throws Exception {
        Visibility later = from("2026-01-01T00:00:00.500Z");
        Visibility undecided = from("2026-01-01T00:00:00Z");
        assertThat(ask(SharedListingTest::by, Map.of("a", ALL, "b", ALL, "c", later, "d", undecided)))
                .containsExactly("a", "b", "c", "d");
    }

    @Test
    void refusal_of_one_user_is_not_that_of_others() throws Exception {
        assertThat(ask(SharedListingTest::by, Map.of("a", ALL))).containsExactly("a");
        List<String> outcomes = Future.<List<String>>future(done -> vertx.runOnContext(v -> {
                    Future<Newest> refused = ask("b", ALL, who -> Future.failedFuture("refused"));
                    Future<Newest> other = ask("c", ALL, SharedListingTest::by);
                    Future.join(refused, other)
                            .transform(r -> Future.succeededFuture(List.of(
                                    String.valueOf(refused.cause()),
                                    other.result().messages().getString(0))))
                            .onComplete(done);
                }))
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        assertThat(outcomes.get(0)).contains("refused");
        assertThat(outcomes.get(1)).isEqualTo("c");
    }
}
