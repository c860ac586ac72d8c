package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.Reply;
import dev.chatgateway.embedded.store.MessageLog;
import dev.chatgateway.embedded.store.Rows;
import dev.chatgateway.embedded.store.Tables;
import java.util.List;

/** Operations 11 to 13 of the specification: participants. */
public final class ParticipantOperations {
    private final Tables tables;
    private final Access access;
    private final MessageLog log;
    private final Admission admission;

    public ParticipantOperations(Tables tables, Access access, MessageLog log, Admission admission) {
        this.tables = tables;
        this.access = access;
        this.log = log;
        this.admission = admission;
    }

    /** In order of joining. */
    public Reply list(Call call) {
        Access.Inside inside = access.participant(call);
        return Pages.byOffset(
                call,
                List.copyOf(inside.roster().members().values()),
                call.wire()::member,
                "/chat/threads/" + inside.thread().id() + "/participants");
    }

    /** Somebody who is already in stays as is, without an error. */
    public Reply add(Call call) {
        Access.Inside inside = access.participant(call);
        Admission.Result result = admission.admit(call.body());
        if (result.admitted().isEmpty() && result.failures().isEmpty()) {
            throw ApiError.badField("participants", "none", "1 to " + Admission.MAX_PER_CALL);
        }
        List<Rows.Member> fresh = result.admitted().stream()
                .filter(m -> !inside.roster().members().containsKey(m.id()))
                .toList();
        int size = inside.roster().members().size() + fresh.size();
        if (size > Admission.MAX_PER_THREAD) {
            throw ApiError.badField("participants", size + " in the thread", "at most " + Admission.MAX_PER_THREAD);
        }
        if (!fresh.isEmpty()) {
            enter(call, inside, fresh);
        }
        return Reply.json(201, json -> {
            json.writeStartObject();
            ResponseJson.failures(json, result.failures());
            json.writeEndObject();
        });
    }

    private void enter(Call call, Access.Inside inside, List<Rows.Member> fresh) {
        String thread = inside.thread().id();
        tables.rosters().put(thread, inside.roster().with(fresh));
        for (Rows.Member member : fresh) {
            tables.memberships().put(Tables.key(member.id(), thread), new Rows.Membership(thread, null));
            tables.formers().remove(Tables.key(thread, member.id()));
        }
        log.participantsAdded(inside.thread(), call.now(), call.user(), fresh);
    }

    /** Any participant may remove any other, or itself. Somebody who is not in is no error, and nothing happens. */
    public Reply remove(Call call) {
        Access.Inside inside = access.participant(call);
        String thread = inside.thread().id();
        Rows.Member leaving = inside.roster().members().get(Identifiers.rawId(call.body()));
        if (leaving == null) {
            return Reply.empty(204);
        }
        tables.rosters().put(thread, inside.roster().without(leaving.id()));
        Rows.Left left = new Rows.Left(inside.thread().topic(), inside.thread().lastMessageOn());
        tables.memberships().put(Tables.key(leaving.id(), thread), new Rows.Membership(thread, left));
        Rows.Receipts receipts = tables.receipts().get(thread);
        if (receipts != null && receipts.byUser().containsKey(leaving.id())) {
            tables.receipts().put(thread, receipts.without(leaving.id()));
        }
        Rows.ChatThread moved = log.participantRemoved(inside.thread(), call.now(), call.user(), leaving);
        tables.formers()
                .put(
                        Tables.key(thread, leaving.id()),
                        new Rows.Former(leaving.id(), leaving.shareHistoryTime(), moved.version()));
        return Reply.empty(204);
    }
}
