package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.BodyFields;
import dev.chatgateway.embedded.store.Rows;
import dev.chatgateway.embedded.store.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the participants of a request and separates those that can be added from failures, which do not fail the request:
 * an id of another resource or another kind of user fails with 403, an unknown or deleted user of this resource with 404.
 */
public final class Admission {
    /** Participants of one call and of one thread. */
    static final int MAX_PER_CALL = 200;

    static final int MAX_PER_THREAD = 250;

    private static final int MAX_NAME = 256;

    private final Table<Rows.Identity> identities;
    private final Identifiers identifiers;

    public Admission(Table<Rows.Identity> identities, Identifiers identifiers) {
        this.identities = identities;
        this.identifiers = identifiers;
    }

    /** A participant that cannot be added; code is an HTTP status in text, target exactly the id of the request. */
    record Failure(String target, String code, String message) {}

    /** A participant that is named twice counts once. */
    record Result(List<Rows.Member> admitted, List<Failure> failures) {}

    Result admit(BodyFields body) {
        List<BodyFields> given = body.objects("participants");
        if (given.size() > MAX_PER_CALL) {
            throw ApiError.badField("participants", given.size() + " entries", "at most " + MAX_PER_CALL);
        }
        Map<String, Rows.Member> admitted = new LinkedHashMap<>();
        List<Failure> failures = new ArrayList<>();
        for (BodyFields participant : given) {
            Rows.Member member = member(participant);
            Failure failure = failure(member.id());
            if (failure == null) {
                admitted.putIfAbsent(member.id(), member);
            } else {
                failures.add(failure);
            }
        }
        return new Result(new ArrayList<>(admitted.values()), failures);
    }

    private static Rows.Member member(BodyFields participant) {
        BodyFields identifier = participant.object("communicationIdentifier");
        if (identifier == null) {
            throw ApiError.badField(participant.path("communicationIdentifier"), "missing", "an object");
        }
        return new Rows.Member(
                Identifiers.rawId(identifier),
                participant.string("displayName", 0, MAX_NAME),
                participant.time("shareHistoryTime", 0),
                Metadata.of(participant, Metadata.PARTICIPANT_BYTES));
    }

    private @Nullable Failure failure(String id) {
        if (!identifiers.ours(id)) {
            return new Failure(id, "403", "Permissions check failed: not a user of this resource.");
        }
        return identities.get(id) == null ? new Failure(id, "404", "Not found: no such user.") : null;
    }
}
