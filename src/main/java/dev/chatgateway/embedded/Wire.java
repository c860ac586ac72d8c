package dev.chatgateway.embedded;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The bodies of answers (specification 1.3 and 1.5). */
final class Wire {
    private Wire() {}

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

    /** Both ids: JavaScript and Java read communicationUser.id, Python reads rawId. */
    static void identifier(JsonGenerator json, String field, String id) throws IOException {
        json.writeObjectFieldStart(field);
        json.writeStringField("rawId", id);
        json.writeObjectFieldStart("communicationUser");
        json.writeStringField("id", id);
        json.writeEndObject();
        json.writeEndObject();
    }

    static void thread(JsonGenerator json, Rows.ChatThread thread) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", thread.id());
        json.writeStringField("topic", thread.topic());
        json.writeStringField("createdOn", Timestamps.format(thread.createdOn()));
        identifier(json, "createdByCommunicationIdentifier", thread.createdBy());
        metadata(json, thread.metadata());
        Rows.Retention retention = thread.retention();
        if (retention != null) {
            json.writeObjectFieldStart("retentionPolicy");
            json.writeStringField("kind", retention.kind());
            if (retention.kind().equals(Rows.Retention.BY_CREATION)) {
                json.writeNumberField("deleteThreadAfterDays", retention.days());
            }
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    static void threadItem(JsonGenerator json, Rows.ChatThread thread) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", thread.id());
        json.writeStringField("topic", thread.topic());
        time(json, "deletedOn", thread.deletedOn());
        json.writeStringField("lastMessageReceivedOn", Timestamps.format(thread.lastMessageOn()));
        json.writeEndObject();
    }

    static void member(JsonGenerator json, Rows.Member member) throws IOException {
        json.writeStartObject();
        identifier(json, "communicationIdentifier", member.id());
        if (member.displayName() != null) {
            json.writeStringField("displayName", member.displayName());
        }
        json.writeStringField("shareHistoryTime", Timestamps.format(member.shareHistoryTime()));
        metadata(json, member.metadata());
        json.writeEndObject();
    }

    static void receipt(JsonGenerator json, Rows.Receipt receipt) throws IOException {
        json.writeStartObject();
        identifier(json, "senderCommunicationIdentifier", receipt.user());
        json.writeStringField("chatMessageId", Long.toString(receipt.message()));
        json.writeStringField("readOn", Timestamps.format(receipt.readOn()));
        json.writeEndObject();
    }

    static void message(JsonGenerator json, Rows.Message message) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", Long.toString(message.id()));
        json.writeStringField("type", message.type());
        json.writeStringField("sequenceId", Long.toString(message.sequence()));
        json.writeStringField("version", Long.toString(message.version()));
        content(json, message);
        json.writeStringField("createdOn", Timestamps.format(message.id()));
        if (message.written()) {
            json.writeStringField("senderDisplayName", message.senderDisplayName());
            identifier(json, "senderCommunicationIdentifier", message.sender());
        }
        metadata(json, message.metadata());
        time(json, "editedOn", message.editedOn());
        time(json, "deletedOn", message.deletedOn());
        json.writeEndObject();
    }

    /** Always an object: Java and Python fail on a message without content, deleted ones included. */
    private static void content(JsonGenerator json, Rows.Message message) throws IOException {
        json.writeObjectFieldStart("content");
        if (message.written()) {
            if (message.deletedOn() == 0) {
                json.writeStringField("message", message.content());
            }
        } else {
            if (message.type().equals(Rows.Message.TOPIC_UPDATED)) {
                json.writeStringField("topic", message.content());
            }
            List<Rows.Member> participants = message.participants();
            if (participants != null) {
                json.writeArrayFieldStart("participants");
                for (Rows.Member participant : participants) {
                    member(json, participant);
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
        if (metadata.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart("metadata");
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
    }

    private static void time(JsonGenerator json, String field, long epochMs) throws IOException {
        if (epochMs != 0) {
            json.writeStringField(field, Timestamps.format(epochMs));
        }
    }
}
