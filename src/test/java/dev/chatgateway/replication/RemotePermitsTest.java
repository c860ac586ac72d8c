package dev.chatgateway.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.Accounts;
import dev.chatgateway.poll.FakeCluster;
import dev.chatgateway.poll.FakeThread;
import dev.chatgateway.poll.ThreadRegistryFixture;
import dev.chatgateway.poll.VirtualScheduler;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.Tokens;
import dev.chatgateway.upstream.quota.Lender;
import dev.chatgateway.upstream.quota.Lender.Answer;
import dev.chatgateway.upstream.quota.Lender.Loan;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two nodes that write to one thread: ten messages in ten seconds, thirty in a minute, whoever writes them. */
class RemotePermitsTest {
    private final VirtualScheduler ticker = new VirtualScheduler(1_800_000_000_123L);
    private final FakeThread thread = new FakeThread(ticker);
    private final FakeCluster cluster = new FakeCluster(ticker, new Random(3));
    private final Map<String, Accounts> accounts = new HashMap<>();
    private final Map<String, Lender> lenders = new HashMap<>();
    private final Map<String, ThreadRegistryFixture> nodes = new HashMap<>();
    private String reader = "";
    private String follower = "";

    @BeforeEach
    void two_nodes() {
        thread.join(ThreadRegistryFixture.ALICE, 0);
        thread.join(ThreadRegistryFixture.BOB, 0);
        for (String user : List.of(ThreadRegistryFixture.ALICE, ThreadRegistryFixture.BOB)) {
            String name = "node" + accounts.size();
            Accounts mine = Accounts.of(ticker::now);
            accounts.put(name, mine);
            ThreadRegistryFixture node = new ThreadRegistryFixture(
                    ThreadRegistryFixture.CONFIG, ticker, thread, mine.place(cluster.join(name)));
            lenders.put(name, node.loans);
            nodes.put(name, node);
            node.watch(user, EventGroup.all().toArray(EventGroup[]::new));
            ticker.pass(3_000);
        }
        reader = cluster.claims.get(FakeThread.ID).node();
        follower = reader.equals("node0") ? "node1" : "node0";
    }

    @Test
    void one_who_follows_may_use_nearly_all_that_nobody_else_does() {
        int own = 0;
        while (pays(follower)) {
            own++;
        }
        int borrowed = 0;
        for (Optional<Loan> loan = borrow(); loan.isPresent() && loan.get().waitMs() == 0; loan = borrow()) {
            loan.get().repay(true, 0);
            borrowed++;
        }
        assertThat(own).isEqualTo(2);
        assertThat(borrowed).isEqualTo(7);
        assertThat(pays(reader)).as("what was lent is used").isFalse();
    }

    @Test
    void a_call_that_was_not_made_is_given_back() {
        for (int i = 0; i < 50; i++) {
            Loan loan = borrow().orElseThrow();
            assertThat(loan.waitMs()).isZero();
            loan.repay(false, 0);
            ticker.pass(10);
        }
        assertThat(pays(reader)).isTrue();
    }

    @Test
    void a_429_on_one_node_is_a_pause_for_all() {
        borrow().orElseThrow().repay(true, 4_000);
        ticker.pass(10);
        assertThat(pays(reader)).isFalse();
        assertThat(borrow()).isEmpty();
        ticker.pass(4_000);
        assertThat(pays(reader)).isTrue();
    }

    @Test
    void a_loan_that_is_never_repaid_counts_as_used_half_a_minute_later() {
        for (int i = 0; i < 7; i++) {
            assertThat(borrow()).isPresent();
        }
        ticker.pass(29_000);
        assertThat(pays(reader)).isFalse();
        ticker.pass(12_000);
        assertThat(pays(reader)).isTrue();
    }

    @Test
    void no_answer_is_no_loan_and_what_comes_too_late_is_given_back() {
        cluster.mute.add(reader);
        long before = ticker.now();
        assertThat(borrow()).isEmpty();
        assertThat(ticker.now() - before).isLessThan(300);
        cluster.mute.remove(reader);
        ticker.pass(5_000);
        assertThat(borrow()).isPresent();
    }

    @Test
    void the_reader_pays_by_itself() {
        assertThat(answer(lenders.get(reader), ChatOperation.SEND_MESSAGE, FakeThread.ID))
                .isInstanceOf(Answer.Alone.class);
    }

    /** It used to spend all of the thread's windows once more. */
    @Test
    void a_node_that_does_not_watch_the_thread_borrows_every_call_of_it() {
        Lender stranger = stranger();
        int sent = 0;
        for (Optional<Loan> loan = borrow(stranger, FakeThread.ID);
                loan.isPresent() && loan.get().waitMs() == 0;
                loan = borrow(stranger, FakeThread.ID)) {
            loan.get().repay(true, 0);
            sent++;
        }
        // The follower's part is its own.
        assertThat(sent).isEqualTo(7);
        assertThat(pays(reader)).isFalse();
    }

    @Test
    void of_a_thread_that_nobody_reads_one_node_keeps_the_account_for_all() {
        Map<String, Lender> all = new HashMap<>(lenders);
        all.put("stranger", stranger());
        for (String threadId : List.of("t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8")) {
            Map<String, Integer> sent = new HashMap<>();
            all.forEach((name, lender) -> {
                for (int i = 0; i < 12; i++) {
                    Answer answer = answer(lender, ChatOperation.SEND_MESSAGE, threadId);
                    boolean paid = answer instanceof Answer.Alone && pays(name, threadId);
                    if (answer instanceof Answer.Lent lent) {
                        paid = lent.loan().waitMs() == 0;
                        lent.loan().repay(paid, 0);
                    }
                    sent.merge(name, paid ? 1 : 0, Integer::sum);
                }
            });
            ticker.pass(100);
            assertThat(sent.values().stream().mapToInt(n -> n).sum())
                    .as(threadId + " " + sent)
                    .isEqualTo(10);
        }
    }

    /** A user's windows in a thread are divided as the thread's are. */
    @Test
    void a_user_of_one_node_reads_receipts_no_oftener_than_the_service_allows() {
        UserToken bob = Tokens.of("bob");
        ChatCall call = ChatCall.of(ChatOperation.SEND_READ_RECEIPT, bob, FakeThread.ID, Priority.SEND);
        int sent = 0;
        while (accounts.get(follower).pays(call)) {
            sent++;
        }
        for (int i = 0; i < 20; i++) {
            Answer answer = answer(lenders.get(follower), ChatOperation.SEND_READ_RECEIPT, FakeThread.ID);
            if (answer instanceof Answer.Lent lent) {
                boolean now = lent.loan().waitMs() == 0;
                lent.loan().repay(now, 0);
                sent += now ? 1 : 0;
            }
        }
        assertThat(sent).isBetween(8, 10);
    }

    /** Who takes a thread over in good order knows what was used of it. */
    @Test
    void a_thread_that_is_handed_over_is_not_written_to_twice_as_often() {
        int sent = 0;
        while (pays(reader)) {
            sent++;
        }
        assertThat(sent).isEqualTo(7);
        nodes.get(reader).env.replication().handOver(false);
        ticker.pass(1_000);
        assertThat(cluster.claims.get(FakeThread.ID).node()).isEqualTo(follower);
        while (pays(follower)) {
            sent++;
        }
        while (pays(reader)) {
            sent++;
        }
        assertThat(sent).isBetween(9, 10);
    }

    @Test
    void a_quiet_thread_that_is_handed_over_has_all_of_the_readers_part_at_once() {
        nodes.get(reader).env.replication().handOver(false);
        ticker.pass(1_000);
        int sent = 0;
        while (pays(follower)) {
            sent++;
        }
        assertThat(sent).isEqualTo(7);
    }

    private Lender stranger() {
        Accounts mine = Accounts.of(ticker::now);
        accounts.put("stranger", mine);
        ThreadRegistryFixture node = new ThreadRegistryFixture(
                ThreadRegistryFixture.CONFIG, ticker, thread, mine.place(cluster.join("stranger")));
        ticker.pass(2_000);
        return node.loans;
    }

    private Optional<Loan> borrow(Lender lender, String threadId) {
        return answer(lender, ChatOperation.SEND_MESSAGE, threadId) instanceof Answer.Lent lent
                ? Optional.of(lent.loan())
                : Optional.empty();
    }

    private Answer answer(Lender lender, ChatOperation operation, String threadId) {
        Future<Answer> asked = lender.borrow(operation, ThreadRegistryFixture.BOB, threadId);
        ticker.passUntil(1_000, asked::isComplete);
        return asked.result();
    }

    private boolean pays(String node, String threadId) {
        UserToken token = Tokens.of("alice");
        return accounts.get(node).pays(ChatCall.of(ChatOperation.SEND_MESSAGE, token, threadId, Priority.SEND));
    }

    /** Whoever calls, and however it ends, no window of the thread holds more than the service allows. */
    @Test
    void both_together_stay_within_the_windows() {
        Random random = new Random(5);
        List<Long> made = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            ticker.pass(random.nextInt(400));
            if (random.nextBoolean()) {
                if (pays(reader)) {
                    made.add(ticker.now());
                }
            } else if (pays(follower)) {
                made.add(ticker.now());
            } else {
                borrow().ifPresent(loan -> {
                    boolean sent = random.nextInt(5) > 0;
                    ticker.pass(loan.waitMs());
                    if (sent) {
                        made.add(ticker.now());
                    }
                    loan.repay(sent, 0);
                });
            }
        }
        assertThat(most(made, 10_000)).isBetween(8, 10);
        assertThat(most(made, 60_000)).isBetween(26, 30);
    }

    private static int most(List<Long> made, long windowMs) {
        int most = 0;
        int from = 0;
        for (int to = 0; to < made.size(); to++) {
            while (made.get(to) - made.get(from) >= windowMs) {
                from++;
            }
            most = Math.max(most, to - from + 1);
        }
        return most;
    }

    private boolean pays(String node) {
        return pays(node, FakeThread.ID);
    }

    private Optional<Loan> borrow() {
        return borrow(lenders.get(follower), FakeThread.ID);
    }
}
