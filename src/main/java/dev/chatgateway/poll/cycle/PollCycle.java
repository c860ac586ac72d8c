package dev.chatgateway.poll.cycle;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.poll.access.HistoryVisibility;
import dev.chatgateway.poll.access.PendingSubscription;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.diff.VersionWindow;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.PollResult;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One poll of a thread: membership proofs, messages, and the participants, receipts and properties that are due, one
 * call after the other. Applies what it reads to the thread's state, and collects the events and notices for
 * subscribers. An instance runs once, on the poller's context.
 */
public final class PollCycle {
    private static final Future<Void> DONE = Future.succeededFuture();
    /** The thread is taken to be deleted when the service reports 404 to this many users. */
    private static final int NOT_FOUND_USERS = 2;

    private static final long DAY_SECONDS = 86_400;

    private final ThreadState state;
    private final PollContext context;
    private final MembershipProofs proofs;
    private final TokenRotation rotation;
    private final Set<PendingSubscription> provenBeforeListing = new HashSet<>();
    private final List<Item> items = new ArrayList<>();
    private final List<Notice> notices = new ArrayList<>();
    private final ChangeEvents changes;
    private final MetadataPoll metadata;
    private final ResumeResolver resumeResolver;
    private final MessagePass messagePass;
    private final long markBefore;
    private @Nullable ChatServiceException failure;
    private boolean deleted;

    public PollCycle(ThreadState state, PollContext context, Priority priority) {
        this.state = state;
        this.context = context;
        markBefore = state.window.mark();
        rotation = new TokenRotation(state, context);
        proofs = new MembershipProofs(state, context, rotation);
        long now = context.scheduler().now();
        changes = new ChangeEvents(state, items, now);
        metadata = new MetadataPoll(state, context, rotation, changes, priority);
        resumeResolver = new ResumeResolver(state, !context.listOrder().doubted(state.threadId, now), now);
        messagePass = new MessagePass(state, context, rotation, changes, resumeResolver, priority, notices);
    }

    /** Makes the calls. The future never fails: {@link PollResult#failure()} says why the poll was cut short. */
    public Future<Void> run(List<PendingSubscription> pending, VisibilityChecks visibilityChecks) {
        // Without a usable token only a proof can supply one. Otherwise proofs with users' own tokens come after the
        // listing, so that a slow one delays no event.
        boolean proofsFirst =
                !state.subscribers.hasUsableToken(context.scheduler().now());
        return (proofsFirst ? proveEach(pending, Priority.HISTORY) : proofs.proveTogether(pending))
                .onSuccess(v ->
                        pending.stream().filter(PendingSubscription::proven).forEach(provenBeforeListing::add))
                .compose(v -> required(this::renewExpiredProof))
                .compose(v -> required(() -> messagePass.run(pending)))
                .compose(v -> optional(this::readUnlistedWrites))
                .compose(v -> optional(metadata::pollRoster))
                .compose(v -> optional(metadata::pollReceipts))
                .compose(v -> state.properties == null
                        ? required(metadata::pollProperties)
                        : optional(metadata::pollProperties))
                .compose(v -> visibilityChecks.run(state))
                .compose(v -> proofsFirst ? DONE : proveEach(pending, Priority.POKE))
                .onSuccess(v -> {
                    detectDeletion();
                    collectNotices();
                    failIfNothingWasProved();
                });
    }

    private Future<Void> proveEach(List<PendingSubscription> pending, Priority priority) {
        return proofs.proveEach(pending, priority).compose(v -> proofs.proveDoubtedUsers());
    }

    /** The result. Valid once the future of {@link #run} has completed. */
    public PollResult result() {
        return new PollResult(items, changes.published(), notices, markBefore, messagePass.full(), deleted, failure);
    }

    /** Whether the subscription was proven before the messages were listed. Only then does the result complete it. */
    public boolean serves(PendingSubscription pending) {
        return provenBeforeListing.contains(pending);
    }

    public ResumeResolver resumeResolver() {
        return resumeResolver;
    }

    /** A failure of this part cuts the poll short: the remaining parts are left to the next poll. */
    private Future<Void> required(Supplier<Future<Void>> part) {
        if (failure != null || deleted) {
            return DONE;
        }
        return part.get().recover(cause -> {
            failure = PollFailures.of(cause);
            return DONE;
        });
    }

    /** A failure of this part is ignored: the next poll tries it again. */
    private Future<Void> optional(Supplier<Future<Void>> part) {
        return failure != null || deleted ? DONE : part.get().otherwiseEmpty();
    }

    /**
     * Reads the participants first if the last list is too old: without proven subscribers no messages may be listed.
     */
    private Future<Void> renewExpiredProof() {
        if (!state.polled || !state.unproven(context.scheduler().now())) {
            return DONE;
        }
        state.rosterDueAt = 0;
        return metadata.pollRoster()
                .compose(v -> state.unproven(context.scheduler().now())
                        ? Future.failedFuture(PollFailures.membershipUnproven())
                        : DONE);
    }

    /**
     * Gets by id each message that was written through the gateway and that several listings did not show. Does so only
     * after a full pass.
     */
    private Future<Void> readUnlistedWrites() {
        if (!messagePass.full()) {
            return DONE;
        }
        Future<Void> all = DONE;
        for (long id : state.refreshHints.removeUnseen()) {
            Optional<PollSubscriber> reader = state.subscribers.next(
                    state.roster,
                    id,
                    context.scheduler().now(),
                    s -> HistoryVisibility.visibleFrom(state.roster, s.userId()) <= id);
            if (reader.isPresent()) {
                all = all.compose(v -> readUnlistedWrite(reader.get(), id));
            }
        }
        return all;
    }

    private Future<Void> readUnlistedWrite(PollSubscriber reader, long id) {
        return context.source()
                .message(reader.token(), state.threadId, Long.toString(id), Priority.POKE)
                .onSuccess(message -> {
                    VersionWindow window = state.window;
                    List<ChatMessage> newStates = window.newStates(List.of(message));
                    // A state up to the mark should have been listed before the newer ones: the service does not list
                    // by version. A state above the mark may only be late.
                    if (!newStates.isEmpty() && message.version() <= window.mark()) {
                        MessagePass.violated(state, context, notices);
                    }
                    changes.applyMessages(newStates, window.mark());
                })
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    /**
     * Decides whether the thread was deleted: if its properties say so, if the service reported 404 to two users or
     * twice to one, or if it reported 404 to one user and a client deleted the thread through the gateway.
     */
    private void detectDeletion() {
        long now = context.scheduler().now();
        Instant deletedOn = metadata.deletedOn();
        if (deletedOn != null) {
            applyDeletion(deletedOn);
        }
        if (messagePass.listed()) {
            proofs.threadExists();
        }
        int notFound = state.refusedUsers.notFoundCount();
        boolean enough = notFound >= NOT_FOUND_USERS
                || (notFound == 1 && state.refreshHints.deleted())
                || proofs.threadNotFound();
        if (!deleted && enough && !context.breaker().open(now)) {
            applyDeletion(Instant.ofEpochMilli(now));
        }
    }

    private void applyDeletion(Instant when) {
        deleted = true;
        items.add(new Item(
                new ChatEvent.ThreadDeleted(state.threadId, when, null, retentionEnded(when)),
                state.position(context.scheduler().now())));
    }

    private boolean retentionEnded(Instant when) {
        ThreadProperties known = state.properties;
        Integer days = known == null ? null : known.retentionDays();
        return days != null
                && known != null
                && known.createdOn().isAfter(Instant.EPOCH)
                && !when.isBefore(known.createdOn().plusSeconds(days * DAY_SECONDS));
    }

    /**
     * Adds the notices about users. Subscribers of a deleted thread are not paused, as the update ends all of them.
     * Users whom this poll found to be removed are not paused either: a pause would hold back the update that ends
     * them.
     */
    private void collectNotices() {
        notices.addAll(0, proofs.notices());
        Set<String> paused = new HashSet<>(rotation.newlyPaused());
        paused.removeIf(userId -> state.roster.member(userId).isEmpty());
        if (!deleted && !paused.isEmpty()) {
            notices.add(new Notice.Paused(Set.copyOf(paused)));
        }
        state.endHeldBack().ifPresent(notices::add);
    }

    /** A poll without a current listing is a failure, not a poll of a thread without changes. */
    private void failIfNothingWasProved() {
        if (failure != null || deleted) {
            return;
        }
        if (messagePass.allListingsStale()) {
            failure = PollFailures.staleListing();
        } else if (!messagePass.listed()
                && state.subscribers.allPaused(context.scheduler().now())) {
            failure = PollFailures.allTokensRefused();
        }
    }
}
