package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.store.Rows;
import dev.chatgateway.embedded.store.Tables;
import java.util.Map;

/** Checks who may read or change a thread (docs/service-reference.md, Participants and history). */
public final class Access {
    private final Tables tables;

    public Access(Tables tables) {
        this.tables = tables;
    }

    /** A thread, its participants and the calling participant. */
    record Inside(Rows.ChatThread thread, Rows.Roster roster, Rows.Member member) {}

    /**
     * The messages that a reader sees: id at least {@code floor}, version at most {@code ceiling}. The ceiling is the removal
     * of a former participant.
     */
    record View(Rows.ChatThread thread, long floor, long ceiling) {
        boolean shows(Rows.Message message) {
            return message.id() >= floor && message.version() <= ceiling;
        }

        /** Exclusive upper bound of the versions that the reader sees. */
        long end() {
            return frozen() ? ceiling + 1 : Long.MAX_VALUE;
        }

        boolean frozen() {
            return ceiling != Long.MAX_VALUE;
        }
    }

    /** @throws ApiError 404 for an unknown or deleted thread, 403 for a caller that is no participant */
    Inside participant(Call call) {
        Rows.ChatThread thread = thread(call.thread());
        Rows.Roster roster = roster(thread.id());
        Rows.Member member = roster.members().get(call.user());
        if (member == null) {
            throw notAParticipant();
        }
        return new Inside(thread, roster, member);
    }

    /** Like {@link #participant}, but a removed participant still reads the state at the removal. */
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
