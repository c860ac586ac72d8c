package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.BodyFields;
import dev.chatgateway.embedded.request.Reply;
import dev.chatgateway.embedded.store.MessageLog;
import dev.chatgateway.embedded.store.Rows;
import dev.chatgateway.embedded.store.Tables;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Creates, gets, updates and deletes threads. */
public final class ThreadOperations {
    private static final int MAX_TOPIC = 250;
    private static final int MAX_REPEATABILITY_ID = 256;

    /** How long a repeatability id is remembered. */
    private static final long REPLAY_MS = 24L * 3600 * 1000;

    private final Tables tables;
    private final Access access;
    private final MessageLog log;
    private final Admission admission;
    private final ThreadRemoval removal;
    private final Expiry expiry;

    public ThreadOperations(
            Tables tables, Access access, MessageLog log, Admission admission, ThreadRemoval removal, Expiry expiry) {
        this.tables = tables;
        this.access = access;
        this.log = log;
        this.admission = admission;
        this.removal = removal;
        this.expiry = expiry;
    }

    public Reply create(Call call) {
        String replayKey = replayKey(call);
        Rows.Replay earlier = replayKey == null ? null : tables.replays().get(replayKey);
        if (earlier != null) {
            return new Reply(201, earlier.body().getBytes(StandardCharsets.UTF_8), earlier.location(), 0);
        }
        String topic = topic(call.body());
        if (topic == null) {
            throw ApiError.badField("topic", "missing", "1 to " + MAX_TOPIC + " characters");
        }
        Map<String, String> metadata = Metadata.ofThread(call.body());
        Rows.Retention retention = RetentionPolicy.of(call.body());
        Admission.Result result = admission.admit(call.body());
        Rows.ChatThread thread = new Rows.ChatThread(
                ThreadIds.next(), topic, call.now(), call.user(), metadata, retention, 0, 0, 0, 0, true);
        Rows.Roster roster = roster(call.user(), result.admitted());
        tables.rosters().put(thread.id(), roster);
        for (Rows.Member member : roster.members().values()) {
            tables.memberships().put(Tables.key(member.id(), thread.id()), new Rows.Membership(thread.id(), null));
        }
        Rows.ChatThread joined = log.participantsAdded(
                thread, call.now(), call.user(), List.copyOf(roster.members().values()));
        Rows.ChatThread named = log.topicUpdated(joined, call.now(), call.user());
        removal.schedule(named);
        Reply reply = created(call, named, result.failures());
        if (replayKey != null) {
            tables.replays().put(replayKey, replay(reply));
            expiry.schedule(Expiry.Kind.REPLAY, replayKey, call.now() + REPLAY_MS);
        }
        return reply;
    }

    private static Reply created(Call call, Rows.ChatThread thread, List<Admission.Failure> failures) {
        return Reply.created(Links.threadLocation(thread.id()), json -> {
            json.writeStartObject();
            json.writeFieldName("chatThread");
            call.responses().thread(json, thread);
            ResponseJson.failures(json, failures);
            json.writeEndObject();
        });
    }

    private static Rows.Replay replay(Reply reply) {
        return new Rows.Replay(
                Objects.requireNonNull(reply.location()),
                new String(Objects.requireNonNull(reply.body()), StandardCharsets.UTF_8));
    }

    private static @Nullable String replayKey(Call call) {
        String id = call.repeatability();
        if (id == null || id.isEmpty()) {
            return null;
        }
        if (id.length() > MAX_REPEATABILITY_ID) {
            throw ApiError.badField(
                    "repeatability-request-id", id.length() + " characters", "at most " + MAX_REPEATABILITY_ID);
        }
        return Tables.key(call.user(), id);
    }

    /** The creator comes first, named in the request or not, and sees the whole history. */
    private static Rows.Roster roster(String creator, List<Rows.Member> admitted) {
        Rows.Member listed = admitted.stream()
                .filter(m -> m.id().equals(creator))
                .findFirst()
                .orElse(new Rows.Member(creator, null, 0, Map.of()));
        Rows.Member first = new Rows.Member(creator, listed.displayName(), 0, listed.metadata());
        return new Rows.Roster(Map.of()).with(List.of(first)).with(admitted);
    }

    public Reply get(Call call) {
        Rows.ChatThread thread = access.participant(call).thread();
        return Reply.json(200, json -> call.responses().thread(json, thread));
    }

    public Reply update(Call call) {
        Rows.ChatThread old = access.participant(call).thread();
        String topic = topic(call.body());
        Map<String, String> metadata = Metadata.mergedThread(old.metadata(), call.body());
        Rows.Retention retention =
                call.body().names(RetentionPolicy.FIELD) ? RetentionPolicy.of(call.body()) : old.retention();
        boolean renamed = topic != null && !topic.equals(old.topic());
        Rows.ChatThread changed = old.withProperties(topic == null ? old.topic() : topic, metadata, retention);
        if (changed.equals(old)) {
            return Reply.empty(204);
        }
        removal.cancel(old);
        removal.schedule(changed);
        if (renamed) {
            log.topicUpdated(changed, call.now(), call.user());
        } else {
            tables.threads().put(changed.id(), changed.withVersion(changed.nextVersion(call.now())));
        }
        return Reply.empty(204);
    }

    public Reply delete(Call call) {
        removal.delete(access.participant(call).thread(), call.now());
        return Reply.empty(204);
    }

    private static @Nullable String topic(BodyFields body) {
        return body.string("topic", 1, MAX_TOPIC);
    }
}
