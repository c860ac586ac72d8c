package dev.chatgateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Exceptions that Vert.x reports for messages it could not write are recognized. */
class UnsentMessagesTest {
    private final AtomicInteger unsent = new AtomicInteger();
    private final List<Throwable> others = new CopyOnWriteArrayList<>();
    private final UnsentMessages messages = new UnsentMessages(unsent::incrementAndGet, others::add);

    /** Behaves as the event bus's own promise: it accepts a failure, and tryFail returns false. */
    private static final class BusPromise implements Promise<Void> {
        @Override
        public boolean tryComplete(Void result) {
            return true;
        }

        @Override
        public boolean tryFail(Throwable cause) {
            return false;
        }

        @Override
        public Future<Void> future() {
            throw new UnsupportedOperationException();
        }
    }

    private static StackTraceElement frame(String className) {
        return new StackTraceElement(className, "m", null, 1);
    }

    private static IllegalStateException thrown(String... classes) {
        IllegalStateException thrown = new IllegalStateException("Promise already completed");
        StackTraceElement[] stack = new StackTraceElement[classes.length];
        for (int i = 0; i < classes.length; i++) {
            stack[i] = frame(classes[i]);
        }
        thrown.setStackTrace(stack);
        return thrown;
    }

    @Test
    void message_that_fails_while_it_is_sent_is_counted() {
        messages.handle(thrown(
                "io.vertx.core.Promise",
                "io.vertx.core.eventbus.impl.clustered.OutboundConnection",
                "dev.chatgateway.cluster.EventBusNodeBus"));
        assertThat(unsent).hasValue(1);
        assertThat(others).isEmpty();
    }

    @Test
    void message_that_fails_later_is_counted() throws Exception {
        Vertx vertx = Vertx.vertx();
        BlockingQueue<Throwable> reported = new LinkedBlockingQueue<>();
        vertx.runOnContext(started -> {
            vertx.getOrCreateContext().exceptionHandler(reported::add);
            vertx.createNetClient().connect(1, "127.0.0.1").<Void>mapEmpty().onComplete(new BusPromise());
        });
        Throwable thrown = reported.poll(20, TimeUnit.SECONDS);
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertThat(thrown).isInstanceOf(IllegalStateException.class);
        messages.handle(thrown);
        assertThat(unsent).hasValue(1);
        assertThat(others).isEmpty();
    }

    @Test
    void any_other_exception_is_passed_on() {
        List<Throwable> all = List.of(
                thrown("io.vertx.core.Promise", "dev.chatgateway.poll.ThreadRegistry"),
                thrown(
                        "dev.chatgateway.poll.ThreadRegistry",
                        "io.vertx.core.eventbus.impl.clustered.OutboundConnection"),
                thrown(),
                new NullPointerException("x"));
        all.forEach(messages::handle);
        assertThat(unsent).hasValue(0);
        assertThat(others).isEqualTo(all);
    }
}
