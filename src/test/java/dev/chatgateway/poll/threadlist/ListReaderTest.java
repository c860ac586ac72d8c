package dev.chatgateway.poll.threadlist;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.InboxUpdate;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.FakeService;
import dev.chatgateway.poll.ThreadRegistryFixture;
import dev.chatgateway.poll.VirtualScheduler;
import dev.chatgateway.poll.schedule.ConcurrencyLimiter;
import dev.chatgateway.poll.source.RefusalBreaker;
import dev.chatgateway.poll.source.ThreadListing;
import dev.chatgateway.poll.source.ThreadListing.Item;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.Replication;
import dev.chatgateway.poll.state.Revisions;
import dev.chatgateway.poll.threadlist.ListReader.Result;
import dev.chatgateway.tracing.Tracing;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.Future;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The end of a user's thread list. */
class ListReaderTest {
    private static final Item THREAD = new Item("t", 1_700_000_000_000L, false);

    @Test
    void empty_page_with_a_page_token_is_not_the_end() {
        Result result = list(List.of(List.of(), List.of(THREAD), List.of(), List.of(THREAD)));
        assertThat(result.items()).hasSize(2);
        assertThat(result.complete()).isTrue();
    }

    @Test
    void listing_ends_after_fifty_pages() {
        Result result = list(java.util.Collections.nCopies(51, List.of()));
        assertThat(result.complete()).isFalse();
    }

    private static Result list(List<List<Item>> pages) {
        ThreadListing listing = new ThreadListing() {
            @Override
            public Future<Page> threads(UserToken token, @Nullable String next, Priority priority) {
                int page = next == null ? 0 : Integer.parseInt(next);
                return Future.succeededFuture(
                        new Page(pages.get(page), page + 1 == pages.size() ? null : Integer.toString(page + 1)));
            }

            @Override
            public long threadsEarliestMs(UserToken token, Priority priority) {
                return 0;
            }
        };
        VirtualScheduler ticker = new VirtualScheduler(1_800_000_000_000L);
        PollContext env = new PollContext(
                ThreadRegistryFixture.CONFIG,
                new FakeService(ticker),
                listing,
                ticker,
                new Random(1),
                GatewayMetrics.unread(),
                Tracing.OFF.tracer(),
                new RefusalBreaker(),
                new Revisions(),
                new ConcurrencyLimiter(1),
                (ThreadUpdate update) -> {},
                (InboxUpdate update) -> {},
                Replication.NONE);
        return new ListReader(env, Tokens.of("alice"), Priority.POLL).list().result();
    }
}
