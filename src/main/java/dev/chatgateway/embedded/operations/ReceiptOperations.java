package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.MessageIds;
import dev.chatgateway.embedded.request.Reply;
import dev.chatgateway.embedded.store.Messages;
import dev.chatgateway.embedded.store.Rows;
import dev.chatgateway.embedded.store.Tables;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Sends and lists read receipts, accepts typing notifications. */
public final class ReceiptOperations {
    /** In a larger thread receipts and typing are accepted and dropped. */
    private static final int MAX_PARTICIPANTS = 20;

    private static final int MAX_NAME = 256;

    private final Tables tables;
    private final Messages messages;
    private final Access access;
    private final LiveChannel channel;

    public ReceiptOperations(Tables tables, Messages messages, Access access, LiveChannel channel) {
        this.channel = channel;
        this.tables = tables;
        this.messages = messages;
        this.access = access;
    }

    /** A receipt never goes back. */
    public Reply send(Call call) {
        Access.Inside inside = access.participant(call);
        long id = MessageIds.parse(call.body().required("chatMessageId"));
        String thread = inside.thread().id();
        Rows.Message message = id < 0 ? null : messages.get(thread, id);
        if (message == null || message.id() < inside.member().shareHistoryTime()) {
            throw ApiError.notFound("The message does not exist.");
        }
        if (inside.roster().members().size() <= MAX_PARTICIPANTS) {
            Rows.Receipts receipts = receipts(thread);
            Rows.Receipt old = receipts.byUser().get(call.user());
            if (old == null || old.message() < id) {
                tables.receipts().put(thread, receipts.with(new Rows.Receipt(call.user(), id, call.now())));
            }
        }
        return Reply.empty(200);
    }

    /** One a user, in the order of the users' first receipts. */
    public Reply list(Call call) {
        Access.Inside inside = access.participant(call);
        String thread = inside.thread().id();
        return Pages.byOffset(
                call,
                List.copyOf(receipts(thread).byUser().values()),
                call.responses()::receipt,
                "/chat/threads/" + thread + "/readReceipts");
    }

    /** Keeps nothing, as no operation returns typing. */
    public Reply typing(Call call) {
        Access.Inside inside = access.participant(call);
        String name = call.body().string("senderDisplayName", 0, MAX_NAME);
        if (inside.roster().members().size() <= MAX_PARTICIPANTS) {
            channel.typed(inside.thread().id(), call.user(), Objects.requireNonNullElse(name, ""));
        }
        return Reply.empty(200);
    }

    private Rows.Receipts receipts(String thread) {
        Rows.Receipts receipts = tables.receipts().get(thread);
        return receipts == null ? new Rows.Receipts(Map.of()) : receipts;
    }
}
