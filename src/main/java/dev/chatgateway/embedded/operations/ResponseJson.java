package dev.chatgateway.embedded.operations;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.chatgateway.embedded.request.Reply;
import dev.chatgateway.embedded.request.Timestamps;
import dev.chatgateway.embedded.store.Rows;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes response bodies in the form of the request's api-version. Versions compare as text, as each begins with its date.
 */
public final class ResponseJson {
    /** First version with attachments in the content of text and html messages. */
    private static final String ATTACHMENTS = "2024-03-15";

    /** First version with a retention policy of a thread that has none. */
    private static final String RETENTION_NONE = "2024-06-05";

    /** First version without an empty senderDisplayName. */
    private static final String NO_EMPTY_NAME = "2025-03-15";

    private final String apiVersion;
    private final int fractionDigits;

    /** @param fractionDigits digits of a second in times; 0 in the real service */
    public ResponseJson(String apiVersion, int fractionDigits) {
        this.apiVersion = apiVersion;
        this.fractionDigits = fractionDigits;
    }

    private boolean since(String version) {
        return apiVersion.compareTo(version) >= 0;
    }

    /** Writes one item of a page. */
    interface Item<T> {
        void write(JsonGenerator json, T item) throws IOException;
    }

    static <T> Reply page(List<T> items, Item<T> writer, @Nullable String nextLink) {
        return Reply.json(200, json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("value");
            for (T item : items) {
                writer.write(json, item);
            }
            json.writeEndArray();
            if (nextLink != null) {
                json.writeStringField("nextLink", nextLink);
            }
            json.writeEndObject();
        });
    }

    /** Has both ids: the JavaScript and Java clients read communicationUser.id, Python reads rawId. */
    static void identifier(JsonGenerator json, String field, String id) throws IOException {
        json.writeObjectFieldStart(field);
        json.writeStringField("rawId", id);
        json.writeObjectFieldStart("communicationUser");
        json.writeStringField("id", id);
        json.writeEndObject();
        json.writeEndObject();
    }

    void thread(JsonGenerator json, Rows.ChatThread thread) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", thread.id());
        json.writeStringField("topic", thread.topic());
        json.writeStringField("createdOn", timestamp(thread.createdOn()));
        identifier(json, "createdByCommunicationIdentifier", thread.createdBy());
        Map<String, String> metadata = thread.metadata();
        if (metadata != null) {
            metadata(json, metadata);
        }
        retention(json, thread.retention());
        json.writeEndObject();
    }

    private void retention(JsonGenerator json, Rows.@Nullable Retention retention) throws IOException {
        if (retention != null && retention.kind().equals(Rows.Retention.BY_CREATION)) {
            json.writeObjectFieldStart("retentionPolicy");
            json.writeStringField("kind", retention.kind());
            json.writeNumberField("deleteThreadAfterDays", retention.days());
            json.writeEndObject();
        } else if (since(RETENTION_NONE)) {
            json.writeObjectFieldStart("retentionPolicy");
            json.writeStringField("kind", Rows.Retention.NONE);
            json.writeEndObject();
        }
    }

    /** An entry of the thread list; without times that are 0. */
    void threadItem(JsonGenerator json, ThreadListEntry thread) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", thread.id());
        json.writeStringField("topic", thread.topic());
        time(json, "deletedOn", thread.deletedOn());
        time(json, "lastMessageReceivedOn", thread.dated() ? thread.lastMessageOn() : 0);
        json.writeEndObject();
    }

    void member(JsonGenerator json, Rows.Member member) throws IOException {
        json.writeStartObject();
        memberFields(json, member);
        if (!member.metadata().isEmpty()) {
            metadata(json, member.metadata());
        }
        json.writeEndObject();
    }

    private void memberFields(JsonGenerator json, Rows.Member member) throws IOException {
        identifier(json, "communicationIdentifier", member.id());
        if (member.displayName() != null) {
            json.writeStringField("displayName", member.displayName());
        }
        json.writeStringField("shareHistoryTime", timestamp(member.shareHistoryTime()));
    }

    void receipt(JsonGenerator json, Rows.Receipt receipt) throws IOException {
        json.writeStartObject();
        identifier(json, "senderCommunicationIdentifier", receipt.user());
        json.writeStringField("chatMessageId", Long.toString(receipt.message()));
        json.writeStringField("readOn", timestamp(receipt.readOn()));
        json.writeEndObject();
    }

    void message(JsonGenerator json, Rows.Message message) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", Long.toString(message.id()));
        json.writeStringField("type", message.type());
        json.writeStringField("sequenceId", Long.toString(message.sequence()));
        json.writeStringField("version", Long.toString(message.version()));
        content(json, message);
        json.writeStringField("createdOn", timestamp(message.id()));
        if (message.written()) {
            if (!message.senderDisplayName().isEmpty() || !since(NO_EMPTY_NAME)) {
                json.writeStringField("senderDisplayName", message.senderDisplayName());
            }
            identifier(json, "senderCommunicationIdentifier", message.sender());
        }
        if (!message.metadata().isEmpty()) {
            metadata(json, message.metadata());
        }
        time(json, "editedOn", message.deletedOn() == 0 ? message.editedOn() : 0);
        time(json, "deletedOn", message.deletedOn());
        json.writeEndObject();
    }

    /** Always an object; participants have no metadata in system messages. */
    private void content(JsonGenerator json, Rows.Message message) throws IOException {
        json.writeObjectFieldStart("content");
        if (message.written()) {
            json.writeStringField("message", message.deletedOn() == 0 ? message.content() : "");
            if (since(ATTACHMENTS)) {
                json.writeArrayFieldStart("attachments");
                json.writeEndArray();
            }
        } else {
            if (message.type().equals(Rows.Message.TOPIC_UPDATED)) {
                json.writeStringField("topic", message.content());
            }
            List<Rows.Member> participants = message.participants();
            if (participants != null) {
                json.writeArrayFieldStart("participants");
                for (Rows.Member participant : participants) {
                    json.writeStartObject();
                    memberFields(json, participant);
                    json.writeEndObject();
                }
                json.writeEndArray();
            }
            identifier(json, "initiatorCommunicationIdentifier", message.sender());
        }
        json.writeEndObject();
    }

    static void failures(JsonGenerator json, List<Admission.Failure> failures) throws IOException {
        if (failures.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("invalidParticipants");
        for (Admission.Failure failure : failures) {
            json.writeStartObject();
            json.writeStringField("target", failure.target());
            json.writeStringField("code", failure.code());
            json.writeStringField("message", failure.message());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void metadata(JsonGenerator json, Map<String, String> metadata) throws IOException {
        json.writeObjectFieldStart("metadata");
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
    }

    private void time(JsonGenerator json, String field, long epochMs) throws IOException {
        if (epochMs != 0) {
            json.writeStringField(field, timestamp(epochMs));
        }
    }

    private String timestamp(long epochMs) {
        return Timestamps.format(epochMs, fractionDigits);
    }
}
