package dev.chatgateway.command;

import dev.chatgateway.protocol.Params;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.GatewayMetadata;
import dev.chatgateway.upstream.Timers;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Sends a message, once: the same client message id of the same user in the same thread gives the first result for ten
 * minutes. What this node does not know is looked for in the thread, when the client says that it has sent it before. A
 * send that waits for an earlier attempt holds up no other request of its connection.
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
            return begin(send)
                    .map(id -> new JsonObject().put("id", id))
                    .recover(failure -> Future.failedFuture(
                            // A second sending could not be told from the first: the client's user must decide.
                            inDoubt(failure) ? RpcFailures.of((ChatServiceException) failure, false) : told(failure)));
        }
        return claim(send).recover(failure -> Future.failedFuture(told(failure)));
    }

    /** @param arrivedMs when the request came, by {@link Timers#nowMs} */
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
        // An attempt through another node had ended when the request came, at the latest.
        long endedMs = own.doubtful() ? own.endedMs() : send.arrivedMs();
        Future<JsonObject> recovered =
                recover(send, send.draft().retry() ? Math.max(endedMs, send.arrivedMs()) : endedMs);
        // Only now, as the next request begins within this call: it is to stand behind this one.
        send.caller().letOthersPass();
        return recovered.onSuccess(sent -> memory.done(entry, sent)).onFailure(failure -> {
            // Who is refused has no need of an id that only the client has told of.
            if (!own.attempted() && refused(failure)) {
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

    /** Posts; when the answer is lost, a look into the thread may still tell. */
    private Future<JsonObject> post(Send send, boolean afterDoubt) {
        return begin(send)
                .map(id -> result(send.draft(), id, afterDoubt))
                .recover(failure -> inDoubt(failure) ? look(send.draft(), failure) : Future.failedFuture(failure));
    }

    /** What the client was told failed, or nobody waits for any more, is not posted later. */
    private Future<String> begin(Send send) {
        if (send.caller().gone() || timers.nowMs() - send.arrivedMs() > beginMs()) {
            return Future.failedFuture(new Withdrawn());
        }
        return writes.send(
                        send.draft().call().whileWanted(() -> !send.caller().gone()),
                        send.draft().threadId())
                .recover(failure -> Future.failedFuture(
                        send.caller().gone() && !inDoubt(failure) && !refused(failure) ? new Withdrawn() : failure));
    }

    /** So long after a request came its message is posted at the latest: after the wait for an earlier attempt, and as much. */
    private long beginMs() {
        return 2L * limits.upstreamTimeoutMs();
    }

    private Future<JsonObject> look(Draft draft, Throwable failure) {
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
        // A look from before the earlier attempt has ended proves nothing.
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
                            return waitMs <= 0 ? late(send) : after(waitMs).compose(v -> late(send));
                        })));
        return early.compose(id -> found(draft, id, () -> later));
    }

    private static Future<JsonObject> found(Draft draft, Optional<String> id, Supplier<Future<JsonObject>> otherwise) {
        return id.map(known -> Future.succeededFuture(result(draft, known, false)))
                .orElseGet(otherwise);
    }

    private Future<JsonObject> late(Send send) {
        if (send.caller().gone()) {
            return Future.failedFuture(new Withdrawn());
        }
        return sent.find(send.draft())
                .compose(late -> late.map(found -> Future.succeededFuture(result(send.draft(), found, false)))
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

    private static boolean refused(Throwable failure) {
        return failure instanceof ChatServiceException answer && answer.kind() == Kind.REFUSED;
    }

    private Throwable told(Throwable failure) {
        return failure instanceof Withdrawn
                ? new ChatServiceException(
                        Kind.UNAVAILABLE,
                        503,
                        "ServiceUnavailable",
                        "The message waited longer than " + beginMs() + " ms and was not sent.",
                        -1,
                        null)
                : failure;
    }

    /** The message was not posted, as its client is gone or it waited for too long. Who follows may still post it. */
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

    /** The result of another connection's send, on this caller's context and as an object of its own. */
    private Future<JsonObject> here(Future<JsonObject> elsewhere) {
        Context context = vertx.getOrCreateContext();
        Promise<JsonObject> here = Promise.promise();
        elsewhere.onComplete(result -> context.runOnContext(v -> {
            if (result.succeeded()) {
                here.complete(result.result().copy());
            } else {
                here.fail(result.cause());
            }
        }));
        return here.future();
    }
}
