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

/**
 * Sends a message, once: the same client message id of the same user in the same thread gives the first result for ten
 * minutes. What this node does not know is looked for in the thread, when the client says that it has sent it before.
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
        if (!draft.identified()) {
            return writes.send(draft.call(), draft.threadId())
                    .map(id -> new JsonObject().put("id", id))
                    .recover(failure -> Future.failedFuture(
                            // A second sending could not be told from the first: the client's user must decide.
                            inDoubt(failure) ? Failures.of((ChatServiceException) failure, false) : failure));
        }
        SendMemory.Claim claim = memory.claim(draft);
        if (claim instanceof SendMemory.Claim.Follow follow) {
            return here(follow.result());
        }
        SendMemory.Claim.Own own = (SendMemory.Claim.Own) claim;
        SendMemory.Entry entry = own.entry();
        // An attempt through another node ended before now, at the latest.
        boolean recover = own.doubtful() || draft.retry();
        Future<JsonObject> result = recover ? recover(draft, own.endedMs()) : post(draft, false);
        // As long as an earlier attempt may have been done, no failure of a later one takes the doubt away.
        return result.onSuccess(sent -> memory.done(entry, sent)).onFailure(failure -> {
            if (recover || inDoubt(failure)) {
                memory.doubted(entry, failure, inDoubt(failure));
            } else {
                memory.failed(entry, failure);
            }
        });
    }

    private Draft draft(Params params, Caller caller) {
        String threadId = Fields.threadId(params);
        String content = Fields.content(params, limits.contentBytes())
                .orElseThrow(() -> params.refuse("content", "missing", "a string"));
        JsonObject body = new JsonObject()
                .put("content", content)
                .put("type", params.optionalChoice("type", "text", "html").orElse("text"));
        params.optionalString("senderDisplayName", 0, Fields.NAME_LENGTH)
                .ifPresent(name -> body.put("senderDisplayName", name));
        JsonObject metadata = Fields.messageMetadata(params).orElseGet(JsonObject::new);
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
    private Future<JsonObject> post(Draft draft, boolean afterDoubt) {
        return writes.send(draft.call(), draft.threadId())
                .map(id -> result(draft, id, afterDoubt))
                .recover(failure -> inDoubt(failure) ? look(draft, failure) : Future.failedFuture(failure));
    }

    private Future<JsonObject> look(Draft draft, Throwable failure) {
        return sent.find(draft)
                .recover(unknown -> Future.succeededFuture(Optional.empty()))
                .compose(id -> id.map(found -> Future.succeededFuture(result(draft, found, false)))
                        .orElseGet(() -> Future.failedFuture(failure)));
    }

    /** Finds the earlier attempt, or posts again once that can't be done any more by its own time limit. */
    private Future<JsonObject> recover(Draft draft, long endedMs) {
        long waitMs = endedMs + limits.upstreamTimeoutMs() - timers.nowMs();
        return sent.find(draft).compose(id -> {
            if (id.isPresent()) {
                return Future.succeededFuture(result(draft, id.get(), false));
            }
            if (waitMs <= 0) {
                return post(draft, true);
            }
            return after(waitMs).compose(v -> sent.find(draft)).compose(late -> late.map(
                            found -> Future.succeededFuture(result(draft, found, false)))
                    .orElseGet(() -> post(draft, true)));
        });
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
