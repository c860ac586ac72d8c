package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.Reply;
import dev.chatgateway.embedded.store.MessageLog;
import dev.chatgateway.embedded.store.Rows;
import dev.chatgateway.embedded.store.Tables;
import java.util.List;

/** Lists, adds and removes participants. */
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
                call.responses()::member,
                "/chat/threads/" + inside.thread().id() + "/participants");
    }

    /** Adding a participant again changes nothing and is no error. */
    public Reply add(Call call) {
        Access.Inside inside = access.participant(call);
        Admission.Result result = admission.admit(call.body());
        if (result.admitted().isEmpty() && result.failures().isEmpty()) {
            throw ApiError.badField("participants", "none", "1 to " + Admission.MAX_PER_CALL);
        }
        List<Rows.Member> joining = result.admitted().stream()
                .filter(m -> !inside.roster().members().containsKey(m.id()))
                .toList();
        int size = inside.roster().members().size() + joining.size();
        if (size > Admission.MAX_PER_THREAD) {
            throw ApiError.badField("participants", size + " in the thread", "at most " + Admission.MAX_PER_THREAD);
        }
        if (!joining.isEmpty()) {
            join(call, inside, joining);
        }
        return Reply.json(201, json -> {
            json.writeStartObject();
            ResponseJson.failures(json, result.failures());
            json.writeEndObject();
        });
    }

    private void join(Call call, Access.Inside inside, List<Rows.Member> joining) {
        String thread = inside.thread().id();
        tables.rosters().put(thread, inside.roster().with(joining));
        for (Rows.Member member : joining) {
            tables.memberships().put(Tables.key(member.id(), thread), new Rows.Membership(thread, null));
            tables.formers().remove(Tables.key(thread, member.id()));
        }
        log.participantsAdded(inside.thread(), call.now(), call.user(), joining);
    }

    /** Any participant may remove another one or itself. Removing a user who does not take part is no error. */
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
        Rows.ChatThread changed = log.participantRemoved(inside.thread(), call.now(), call.user(), leaving);
        tables.formers()
                .put(
                        Tables.key(thread, leaving.id()),
                        new Rows.Former(leaving.id(), leaving.shareHistoryTime(), changed.version()));
        return Reply.empty(204);
    }
}
