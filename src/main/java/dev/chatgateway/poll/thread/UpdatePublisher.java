package dev.chatgateway.poll.thread;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.poll.schedule.FreshnessWatch;
import dev.chatgateway.poll.schedule.PushTrust;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.PollResult;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.poll.threadlist.ThreadListPoller;
import dev.chatgateway.upstream.ChatServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a thread's subscribers are told: events, notices, and how current they are. */
public final class UpdatePublisher {
    private final ThreadState state;
    private final PollContext env;
    private final FreshnessWatch freshness;
    private final IngestedMessages ingested = new IngestedMessages();
    private final ShownTyping typed = new ShownTyping();
    private final ThrottledTyping throttledTyping = new ThrottledTyping();
    private @Nullable PushTrust trust;
    /** What the node that reads the thread has said last; counts for as long as this one follows it. */
    private @Nullable Freshness reader;

    public UpdatePublisher(ThreadState state, PollContext env) {
        this.state = state;
        this.env = env;
        freshness = new FreshnessWatch(
                state.pace, () -> ThreadListPoller.staleness(env.config().digestMs()));
    }

    /** How current events are now. */
    public Freshness freshness() {
        Freshness theirs = reader;
        // Of another kind than what was told last it is old: whoever was answered with it would not hear of a change.
        return theirs != null && freshness.says(theirs.source()) && env.owners().follows(state.threadId)
                ? theirs
                : freshness.now(env.ticker().now());
    }

    /**
     * The node that reads the thread says how current it is, so that what happens to readings of this one's own is no
     * news any more; the notice for those here, if it is one.
     */
    public Optional<Notice.FreshnessChanged> follows(Freshness theirs, @Nullable String why) {
        reader = theirs;
        return freshness.mirror(theirs, why);
    }

    private Optional<Notice.FreshnessChanged> change(boolean digest, @Nullable ChatServiceException failure) {
        return reader != null && env.owners().follows(state.threadId)
                ? Optional.empty()
                : freshness.change(env.ticker().now(), digest, failure, doubted());
    }

    /** Whether the service may not list the thread by version, so that only the newest messages are compared. */
    private boolean doubted() {
        return env.order().doubted(state.threadId, env.ticker().now());
    }

    /** Whether subscribers were told that a digest watches the thread, and nothing since. */
    boolean saidDigest() {
        return freshness.saidDigest();
    }

    /** They were told so before the thread was parked. */
    public void resumed() {
        freshness.resumed();
    }

    /** Publishes what a poll has found; returns the notices that were sent. */
    List<Notice> polled(PollResult result, boolean digest) {
        ChatServiceException failure = result.failure();
        List<Notice> notices = new ArrayList<>(result.notices());
        holdAgainst(result.items());
        change(digest, failure).ifPresent(notices::add);
        publish(result.items(), notices, result.deleted() ? EndReason.THREAD_DELETED : null);
        return notices;
    }

    /** What another node has read or said. */
    public void followed(List<Item> items, List<Notice> notices, @Nullable EndReason end) {
        publish(items, notices, end);
    }

    /** A push has named what was written, before the round that looks for it. */
    public void pushed(Poke poke) {
        if (trust == null) {
            trust = new PushTrust();
        }
        if (!poke.messageId().isEmpty()) {
            trust.announced(Long.parseLong(poke.messageId()), poke.version());
        }
    }

    private void holdAgainst(List<Item> found) {
        long now = env.ticker().now();
        if (trust != null) {
            trust.found(found, now);
            if (trust.disagrees(now)) {
                env.metrics().polls().pushDisagreed();
            }
            state.pace.pushed(trust.trusted());
        }
    }

    /** Whether a push that says who is writing is news. */
    public boolean newTyping(String senderId) {
        return typed.isNews(senderId, env.ticker().now());
    }

    /** Between rounds a digest has begun or ceased to watch the thread. */
    void source(boolean digest) {
        change(digest, null).ifPresent(notice -> {
            publish(List.of(), List.of(notice), null);
            env.owners().fresh(state, notice);
        });
    }

    /** Whether a typing notification of that user is shown that the service could not be told of. */
    public boolean vouchesFor(String senderId) {
        return throttledTyping.passes(senderId, state.roster, env.ticker().now());
    }

    /** Somebody is writing. */
    public void typing(TypingIndicator typing) {
        typed.shown(typing.senderId(), env.ticker().now());
        Item item = new Item(typing, position());
        publish(List.of(item), List.of(), null);
        env.owners().typed(typing);
    }

    /** Messages that the service does not know; the schedule takes no notice of them. */
    public void ingest(List<String> contents) {
        long now = env.ticker().now();
        List<Item> items = ingested.items(state.threadId, contents, position(), now);
        publish(items, List.of(), null);
        env.owners().ingested(state.threadId, contents);
    }

    /** Something that is known here was not told: nobody can go on from before, and all take fresh state. */
    public void untold() {
        state.ring.clear();
        publish(List.of(), List.of(new Notice.Resync(ResyncReason.GAP)), null);
    }

    private Position position() {
        return state.position(env.ticker().now());
    }

    private void seen(Item item) {
        ChatEvent event = item.event();
        if (event.type().newMessage()) {
            env.metrics().polls().seen(env.ticker().now() - event.historyVersion());
        }
    }

    private void publish(List<Item> items, List<Notice> notices, @Nullable EndReason end) {
        if (items.isEmpty() && notices.isEmpty() && end == null && !state.rosterChanged) {
            return;
        }
        state.rosterChanged = false;
        items.forEach(this::seen);
        env.out()
                .accept(new ThreadUpdate(
                        state.threadId,
                        env.revisions().next(),
                        env.ticker().now(),
                        state.roster,
                        position(),
                        items,
                        notices,
                        end));
    }
}
