package dev.chatgateway.poll.thread;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatEvent.TypingStopped;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.ThreadSnapshot.Part;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds out when participants stop typing, and publishes it for subscribers who include {@code typing}: when their message
 * arrives, when they leave, or when nothing is heard of them for a while. Each node finds out by itself. Lives on the
 * poller's context.
 */
final class TypingStops {
    /** Least time between two updates with stops of one thread. */
    private static final long GAP_MS = 1_000;

    private final ThreadState state;
    private final PollContext context;
    private final Consumer<List<Item>> publisher;
    private Scheduler.@Nullable Timer timer;
    private long timerAt;
    private long publishedAt;

    /** @param publisher publishes events between two polls */
    TypingStops(ThreadState state, PollContext context, Consumer<List<Item>> publisher) {
        this.state = state;
        this.context = context;
        this.publisher = publisher;
    }

    /** Events are about to be published; returns them, with those of users who have stopped by them where these are due. */
    List<Item> withStops(List<Item> items) {
        if (state.typing.isEmpty()) {
            return items;
        }
        for (Item item : items) {
            ChatEvent event = item.event();
            if (event.type().newMessage()) {
                event.messageState().ifPresent(this::sent);
            }
        }
        state.typing.list().stream()
                .filter(typing -> state.roster.member(typing.userId()).isEmpty())
                .forEach(typing -> state.typing.stop(typing.userId()));
        List<Item> stops = takeDue();
        schedule();
        if (stops.isEmpty()) {
            return items;
        }
        List<Item> all = new ArrayList<>(items);
        all.addAll(stops);
        return all;
    }

    private void sent(ChatMessage message) {
        String sender = message.senderId();
        if (sender != null) {
            state.typing.sent(sender, message.arrivedAt() - context.source().clockOffsetMs());
        }
    }

    private List<Item> takeDue() {
        long now = context.scheduler().now();
        if (!state.typing.anyStopped()) {
            return List.of();
        }
        if (!state.subscribers.anyIncludes(Part.TYPING::equals)) {
            state.typing.takeStopped();
            return List.of();
        }
        if (now < publishedAt + GAP_MS) {
            return List.of();
        }
        publishedAt = now;
        return state.typing.takeStopped().stream()
                .map(userId -> new Item(new TypingStopped(state.threadId, userId), state.position(now)))
                .toList();
    }

    /** Schedules the next stop: those that wait for the gap, or the time after which a user is taken to have stopped. */
    void schedule() {
        long at = state.typing.anyStopped() ? publishedAt + GAP_MS : state.typing.nextUntil();
        if (at == Long.MAX_VALUE) {
            cancel();
        } else if (timer == null || at != timerAt) {
            cancel();
            timerAt = at;
            timer = context.scheduler()
                    .schedule(Math.max(0, at - context.scheduler().now()), this::fire);
        }
    }

    private void fire() {
        timer = null;
        state.typing.expire(context.scheduler().now());
        List<Item> stops = takeDue();
        schedule();
        if (!stops.isEmpty()) {
            publisher.accept(stops);
        }
    }

    /** The thread is no longer polled here. */
    void cancel() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
