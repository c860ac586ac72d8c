package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.store.Rows;
import dev.chatgateway.embedded.store.Tables;
import java.util.Map;

/** Who may do what in a thread (specification 3.1). */
public final class Access {
    private final Tables tables;

    public Access(Tables tables) {
        this.tables = tables;
    }

    /** A thread and its participants, seen by one of them. */
    record Inside(Rows.ChatThread thread, Rows.Roster roster, Rows.Member member) {}

    /**
     * Which messages a reader may see: arrived at {@code floor} or later, and last changed at {@code ceiling} or
     * before. The ceiling freezes the view of somebody who was removed.
     */
    record View(Rows.ChatThread thread, long floor, long ceiling) {
        boolean shows(Rows.Message message) {
            return message.id() >= floor && message.version() <= ceiling;
        }

        /** All that this reader sees has a version below this one. */
        long end() {
            return frozen() ? ceiling + 1 : Long.MAX_VALUE;
        }

        boolean frozen() {
            return ceiling != Long.MAX_VALUE;
        }
    }

    /** @throws ApiError 404 for an unknown or deleted thread, 403 for somebody who is not a participant */
    Inside participant(Call call) {
        Rows.ChatThread thread = thread(call.thread());
        Rows.Roster roster = roster(thread.id());
        Rows.Member member = roster.members().get(call.user());
        if (member == null) {
            throw notAParticipant();
        }
        return new Inside(thread, roster, member);
    }

    /** Like {@link #participant}, but a removed one still reads what was there at the removal. */
    View reader(Call call) {
        Rows.ChatThread thread = thread(call.thread());
        Rows.Member member = roster(thread.id()).members().get(call.user());
        if (member != null) {
            return new View(thread, member.shareHistoryTime(), Long.MAX_VALUE);
        }
        Rows.Former former = tables.formers().get(Tables.key(thread.id(), call.user()));
        if (former == null) {
            throw notAParticipant();
        }
        return new View(thread, former.shareHistoryTime(), former.removedOn());
    }

    Rows.Roster roster(String thread) {
        Rows.Roster roster = tables.rosters().get(thread);
        return roster == null ? new Rows.Roster(Map.of()) : roster;
    }

    private Rows.ChatThread thread(String id) {
        Rows.ChatThread thread = tables.threads().get(id);
        if (thread == null || thread.deletedOn() != 0) {
            throw ApiError.notFound("The specified thread id was not found.");
        }
        return thread;
    }

    private static ApiError notAParticipant() {
        return ApiError.forbidden("The initiator is not a participant of the chat thread.");
    }
}
