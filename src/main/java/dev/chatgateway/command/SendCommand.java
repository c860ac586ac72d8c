package dev.chatgateway.command;

import dev.chatgateway.protocol.Params;
import dev.chatgateway.tracing.CallerContext;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.GatewayMetadata;
import dev.chatgateway.upstream.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * {@code sendMessage}, idempotent: for ten minutes, the same client message id of the same user in the same thread returns
 * the first result. An id that this node does not know is searched for in the thread if the client says {@code retry}. A
 * send that waits for an earlier attempt does not delay other requests of its connection.
 */
final class SendCommand implements Command {
    private static final int CLIENT_ID_LENGTH = 128;

    private final SentMessages sent;
    private final SendMemory memory;
    private final Writes writes;
    private final Vertx vertx;
    private final Timers timers;
    private final CommandLimits limits;

    SendCommand(SentMessages sent, SendMemory memory, Writes writes, Vertx vertx, Timers timers, CommandLimits limits) {
        this.sent = sent;
        this.memory = memory;
        this.writes = writes;
        this.vertx = vertx;
        this.timers = timers;
        this.limits = limits;
    }

    @Override
    public Future<JsonObject> run(Params params, Caller caller) {
        Draft draft = draft(params, caller);
        Send send = new Send(draft, caller, timers.nowMs() - caller.waitedMs());
        if (!draft.identified()) {
            return send(send)
                    .map(id -> new JsonObject().put("id", id))
                    .recover(failure -> Future.failedFuture(
                            // Without an id a repeated send cannot be recognised: not retryable, the user decides.
                            inDoubt(failure)
                                    ? RpcFailures.of((ChatServiceException) failure, false)
                                    : clientError(failure)));
        }
        return claim(send).recover(failure -> Future.failedFuture(clientError(failure)));
    }

    /** @param arrivedMs when the request arrived, by {@link Timers#nowMs} */
    private record Send(Draft draft, Caller caller, long arrivedMs) {}

    private Future<JsonObject> claim(Send send) {
        SendMemory.Claim claim = memory.claim(send.draft());
        if (claim instanceof SendMemory.Claim.Follow follow) {
            send.caller().letOthersPass();
            return here(follow.result())
                    .recover(failure ->
                            failure instanceof Withdrawn && !send.caller().gone()
                                    ? claim(send)
                                    : Future.failedFuture(failure));
        }
        SendMemory.Claim.Own own = (SendMemory.Claim.Own) claim;
        SendMemory.Entry entry = own.entry();
        if (!own.doubtful() && !send.draft().retry()) {
            return post(send, false).onSuccess(sent -> memory.done(entry, sent)).onFailure(failure -> {
                if (inDoubt(failure)) {
                    memory.doubted(entry, failure, true);
                } else {
                    memory.failed(entry, failure);
                }
            });
        }
        // An attempt through another node had ended at the latest when this request arrived.
        long endedMs = own.doubtful() ? own.endedMs() : send.arrivedMs();
        Future<JsonObject> recovered =
                recover(send, send.draft().retry() ? Math.max(endedMs, send.arrivedMs()) : endedMs);
        // After recover(), which took this send's place in the order: the call starts the next request.
        send.caller().letOthersPass();
        return recovered.onSuccess(sent -> memory.done(entry, sent)).onFailure(failure -> {
            // Nothing can have been sent by this node, and the user is refused: the entry is of no use.
            if (!own.attempted() && isRefused(failure)) {
                memory.failed(entry, failure);
            } else {
                memory.doubted(entry, failure, inDoubt(failure));
            }
        });
    }

    private Draft draft(Params params, Caller caller) {
        String threadId = ParamFields.threadId(params);
        String content = ParamFields.content(params, limits.contentBytes())
                .orElseThrow(() -> params.refuse("content", "missing", "a string"));
        JsonObject body = new JsonObject()
                .put("content", content)
                .put("type", params.optionalChoice("type", "text", "html").orElse("text"));
        params.optionalString("senderDisplayName", 0, ParamFields.NAME_LENGTH)
                .ifPresent(name -> body.put("senderDisplayName", name));
        JsonObject metadata = ParamFields.messageMetadata(params).orElseGet(JsonObject::new);
        String clientMessageId =
                params.optionalString("clientMessageId", 1, CLIENT_ID_LENGTH).orElse("");
        boolean retry = params.flag("retry");
        params.finish();
        if (retry && clientMessageId.isEmpty()) {
            throw params.refuse("retry", "true", "only with clientMessageId");
        }
        if (!clientMessageId.isEmpty()) {
            metadata.put(GatewayMetadata.CLIENT_MESSAGE_ID, clientMessageId);
        }
        if (!metadata.isEmpty()) {
            body.put("metadata", metadata);
        }
        return new Draft(caller.token(), threadId, body, clientMessageId, retry);
    }

    /** Posts the message. If the response is lost, searches the thread for it. */
    private Future<JsonObject> post(Send send, boolean afterDoubt) {
        return send(send)
                .map(id -> result(send.draft(), id, afterDoubt))
                .recover(failure -> inDoubt(failure) ? search(send.draft(), failure) : Future.failedFuture(failure));
    }

    /** Posts, unless the client is gone or was told by now that the send failed. */
    private Future<String> send(Send send) {
        if (send.caller().gone() || timers.nowMs() - send.arrivedMs() > sendLimitMs()) {
            return Future.failedFuture(new Withdrawn());
        }
        return writes.send(
                        send.draft().call().whileWanted(() -> !send.caller().gone()),
                        send.draft().threadId())
                .recover(failure -> Future.failedFuture(
                        send.caller().gone() && !inDoubt(failure) && !isRefused(failure) ? new Withdrawn() : failure));
    }

    /** Latest post after the arrival of a request: the wait for an earlier attempt, and the same time again. */
    private long sendLimitMs() {
        return 2L * limits.upstreamTimeoutMs();
    }

    private Future<JsonObject> search(Draft draft, Throwable failure) {
        return sent.find(draft)
                .recover(unknown -> Future.succeededFuture(Optional.empty()))
                .compose(id -> found(draft, id, () -> Future.failedFuture(failure)));
    }

    /**
     * Finds the earlier attempt, or posts again once that can't be done any more by its own time limit. Repeated sends of a
     * connection wait at the same time, and are posted in the order that they came.
     */
    private Future<JsonObject> recover(Send send, long endedMs) {
        Draft draft = send.draft();
        // A search before the earlier attempt has ended does not prove that the message is not sent.
        boolean ended = endedMs + limits.upstreamTimeoutMs() <= timers.nowMs();
        Future<Optional<String>> early = sent.find(draft);
        Future<JsonObject> later = send.caller()
                .inOrder(
                        draft.threadId(),
                        () -> early.compose(id -> found(draft, id, () -> {
                            long waitMs = endedMs + limits.upstreamTimeoutMs() - timers.nowMs();
                            if (ended) {
                                return post(send, true);
                            }
                            return waitMs <= 0
                                    ? searchThenPost(send)
                                    : after(waitMs).compose(v -> searchThenPost(send));
                        })));
        return early.compose(id -> found(draft, id, () -> later));
    }

    private static Future<JsonObject> found(Draft draft, Optional<String> id, Supplier<Future<JsonObject>> otherwise) {
        return id.map(known -> Future.succeededFuture(result(draft, known, false)))
                .orElseGet(otherwise);
    }

    private Future<JsonObject> searchThenPost(Send send) {
        if (send.caller().gone()) {
            return Future.failedFuture(new Withdrawn());
        }
        return sent.find(send.draft())
                .compose(id -> id.map(found -> Future.succeededFuture(result(send.draft(), found, false)))
                        .orElseGet(() -> post(send, true)));
    }

    private static JsonObject result(Draft draft, String id, boolean inDoubt) {
        return new JsonObject()
                .put("id", id)
                .put("clientMessageId", draft.clientMessageId())
                .put("inDoubt", inDoubt);
    }

    private static boolean inDoubt(Throwable failure) {
        return failure instanceof ChatServiceException lost && lost.kind() == Kind.IN_DOUBT;
    }

    private static boolean isRefused(Throwable failure) {
        return failure instanceof ChatServiceException answer && answer.kind() == Kind.REFUSED;
    }

    private Throwable clientError(Throwable failure) {
        return failure instanceof Withdrawn
                ? new ChatServiceException(
                        Kind.UNAVAILABLE,
                        503,
                        "ServiceUnavailable",
                        "The message waited longer than " + sendLimitMs() + " ms and was not sent.",
                        -1,
                        null)
                : failure;
    }

    /** The message was not posted: its client is gone, or it waited too long. A following send may still post it. */
    private static final class Withdrawn extends RuntimeException {
        private static final long serialVersionUID = 1;

        private Withdrawn() {
            super(null, null, false, false);
        }
    }

    private Future<Void> after(long ms) {
        Promise<Void> elapsed = Promise.promise();
        timers.after(ms, elapsed::complete);
        return elapsed.future();
    }

    /** The result of another connection's send on this caller's context, copied, as it is changed per connection. */
    private Future<JsonObject> here(Future<JsonObject> elsewhere) {
        return CallerContext.of(vertx).complete(elsewhere).map(JsonObject::copy);
    }
}
