package dev.chatgateway.socket.connection;

import dev.chatgateway.command.Caller;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Subscriber;
import dev.chatgateway.protocol.RpcRequest;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The requests of one connection: those for one thread in the order that they came. Owned by its event loop. */
final class RequestOrder {
    private final RequestDispatcher methods;
    private final BooleanSupplier over;
    private final ThreadOrder order = new ThreadOrder();
    /** The order of requests that have let later ones begin, as repeated sends do. */
    private final ThreadOrder passed = new ThreadOrder();

    /** @param over whether the connection is closed */
    RequestOrder(RequestDispatcher methods, BooleanSupplier over) {
        this.methods = methods;
        this.over = over;
    }

    /** Carries out a request in its turn. */
    Future<JsonObject> take(RpcRequest request, Identity who, Subscriber connection) {
        if (!(request.params().getValue("threadId") instanceof String threadId)) {
            return methods.carryOut(request, who, connection);
        }
        long arrivedMs = methods.nowMs();
        return order.after(
                threadId,
                pass -> over.getAsBoolean()
                        ? Session.gone()
                        : methods.carryOut(request, new Turn(who, arrivedMs, pass), connection));
    }

    /** One request in its turn. */
    private final class Turn implements Caller {
        private final Identity who;
        private final long arrivedMs;
        private final Runnable pass;

        private Turn(Identity who, long arrivedMs, Runnable pass) {
            this.who = who;
            this.arrivedMs = arrivedMs;
            this.pass = pass;
        }

        @Override
        public UserToken token() {
            return who.token();
        }

        @Override
        public long waitedMs() {
            return methods.nowMs() - arrivedMs;
        }

        @Override
        public boolean gone() {
            return over.getAsBoolean();
        }

        @Override
        public void letOthersPass() {
            pass.run();
        }

        @Override
        public <T> Future<T> inOrder(String threadId, Supplier<Future<T>> work) {
            return passed.after(threadId, next -> work.get());
        }
    }
}
