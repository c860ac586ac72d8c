package dev.chatgateway.poll;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.UpdateBus;
import dev.chatgateway.fanout.Hub;
import dev.chatgateway.fanout.Snapshots;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.CursorCodec;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** ThreadRegistry and hub of one thread on one real event loop, in virtual time. */
final class HubNode implements AutoCloseable {
    private static final Vertx VERTX = Vertx.vertx();
    private static final Context LOOP = VERTX.getOrCreateContext();
    /** An update takes one turn over the bus and one through the hub; an answer may follow, and be followed. */
    private static final int TURNS = 6;

    private static final long SLICE_MS = 1_000;

    final FakeThread thread;
    final VirtualScheduler ticker = new VirtualScheduler(1_800_000_000_123L);
    final ThreadRegistryFixture poll;
    final Hub hub;
    private int published;

    HubNode(GatewayConfig.Poll config, long skewMs) {
        thread = new FakeThread(ticker);
        thread.skewMs = skewMs;
        poll = new ThreadRegistryFixture(config, ticker, thread);
        hub = call(() -> new Hub(
                VERTX,
                poll.poller,
                (token, id, limit) -> Future.succeededFuture(Snapshots.Newest.all(newest(token.userId()))),
                new CursorCodec(new byte[32], null),
                GatewayMetrics.unread(),
                clock()));
        await(call(hub::start));
    }

    private Clock clock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return Instant.ofEpochMilli(ticker.now());
            }
        };
    }

    /** What a listing with the user's own token shows: to who was removed, the page of that moment. */
    private JsonArray newest(String userId) {
        JsonArray messages = new JsonArray();
        thread.messages.descendingMap().values().stream()
                .filter(m -> OracleClient.visible(thread, userId, m)
                        || m.arrivedAt() <= thread.removedAt.getOrDefault(userId, -1L))
                .forEach(m ->
                        messages.add(new JsonObject().put("id", m.id()).put("version", Long.toString(m.version()))));
        return messages;
    }

    /** Runs a task on the loop, and what follows from it. */
    void onLoop(Runnable task) {
        call(() -> {
            task.run();
            return null;
        });
        settle();
    }

    /** Lets time go by, in slices, so that the hub's part happens in between. */
    void pass(long ms) {
        for (long left = ms; left > 0; left -= SLICE_MS) {
            long slice = Math.min(SLICE_MS, left);
            onLoop(() -> ticker.pass(slice));
        }
    }

    /** The hub asks a listing that is behind again by a timer of Vert.x: that much real time must go by, 3 s at most. */
    void answer(java.util.function.BooleanSupplier done) {
        for (int i = 0; i < 60 && !done.getAsBoolean(); i++) {
            Promise<Void> later = Promise.promise();
            VERTX.setTimer(50, fired -> later.complete());
            await(later.future());
            pass(50);
        }
    }

    private void settle() {
        for (int i = 0; i < TURNS; i++) {
            call(() -> {
                List<ThreadUpdate> news = new ArrayList<>(poll.updates.subList(published, poll.updates.size()));
                published = poll.updates.size();
                news.forEach(update -> HistoryTrace.say(ticker, "update %s", update));
                news.forEach(update -> new UpdateBus(VERTX).publish(update, 10_000, () -> {
                    throw new AssertionError("no room");
                }));
                return null;
            });
        }
    }

    private static <T> T call(java.util.concurrent.Callable<T> task) {
        Promise<T> promise = Promise.promise();
        LOOP.runOnContext(v -> {
            try {
                promise.complete(task.call());
            } catch (Throwable e) {
                promise.fail(e);
            }
        });
        return await(promise.future());
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    @Override
    public void close() {
        call(() -> {
            poll.poller.close();
            return null;
        });
        await(call(hub::close));
    }
}
