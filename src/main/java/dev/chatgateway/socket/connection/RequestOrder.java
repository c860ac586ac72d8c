package dev.chatgateway.socket.connection;

import dev.chatgateway.command.Caller;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Subscriber;
import dev.chatgateway.protocol.RpcRequest;
import dev.chatgateway.tracing.Tracer;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Executes the requests of one connection. Requests for one thread run in the order in which they were received. Owned
 * by the event loop of the connection.
 */
final class RequestOrder {
    private final RequestDispatcher dispatcher;
    private final BooleanSupplier closed;
    private final ThreadOrder order;
    /** Order of the requests that have let later ones start, as repeated sends do. */
    private final ThreadOrder overlapping;

    /** @param closed whether the connection is closed */
    RequestOrder(RequestDispatcher dispatcher, Tracer tracer, BooleanSupplier closed) {
        this.dispatcher = dispatcher;
        this.closed = closed;
        order = new ThreadOrder(tracer);
        overlapping = new ThreadOrder(tracer);
    }

    /** Executes a request when the earlier requests for its thread allow it. */
    Future<JsonObject> execute(RpcRequest request, Identity identity, Subscriber connection) {
        if (!(request.params().getValue("threadId") instanceof String threadId)) {
            return dispatcher.execute(request, identity, connection);
        }
        long arrivedMs = dispatcher.nowMs();
        return order.run(
                threadId,
                startNext -> closed.getAsBoolean()
                        ? Session.closed()
                        : dispatcher.execute(request, new OrderedCaller(identity, arrivedMs, startNext), connection));
    }

    /** The caller of one ordered request. */
    private final class OrderedCaller implements Caller {
        private final Identity identity;
        private final long arrivedMs;
        private final Runnable startNext;

        private OrderedCaller(Identity identity, long arrivedMs, Runnable startNext) {
            this.identity = identity;
            this.arrivedMs = arrivedMs;
            this.startNext = startNext;
        }

        @Override
        public UserToken token() {
            return identity.token();
        }

        @Override
        public long waitedMs() {
            return dispatcher.nowMs() - arrivedMs;
        }

        @Override
        public boolean gone() {
            return closed.getAsBoolean();
        }

        @Override
        public void letOthersPass() {
            startNext.run();
        }

        @Override
        public <T> Future<T> inOrder(String threadId, Supplier<Future<T>> task) {
            return overlapping.run(threadId, next -> task.get());
        }
    }
}
