package dev.chatgateway.embedded;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Operations 6 to 10 of the specification: messages. */
final class MessageOperations {
    /** UTF-8 bytes of content. */
    static final int MAX_CONTENT = 28_672;

    private static final int MAX_NAME = 256;

    private final Tables tables;
    private final Access access;
    private final MessageLog log;
    private final HtmlCleaner html = new HtmlCleaner();

    MessageOperations(Tables tables, Access access, MessageLog log) {
        this.tables = tables;
        this.access = access;
        this.log = log;
    }

    Reply send(Call call) {
        Rows.ChatThread thread = access.participant(call).thread();
        Fields body = call.body();
        String type = body.string("type");
        if (type == null) {
            type = Rows.Message.TEXT;
        } else if (!type.equals(Rows.Message.TEXT) && !type.equals(Rows.Message.HTML)) {
            throw ApiError.badField("type", Text.shown(type), "text or html");
        }
        String content = content(body.required("content"), type);
        String name = body.string("senderDisplayName", 0, MAX_NAME);
        Map<String, String> metadata = Metadata.of(body, Metadata.MESSAGE_BYTES);
        long id = log.append(
                        thread,
                        call.now(),
                        new MessageLog.Draft(type, call.user(), name == null ? "" : name, content, metadata, null))
                .version();
        return Reply.created(Links.messageLocation(thread.id(), id), json -> {
            json.writeStartObject();
            json.writeStringField("id", Long.toString(id));
            json.writeEndObject();
        });
    }

    /** Newest first, from the cursor back to the latest of startTime and the reader's floor. */
    Reply list(Call call) {
        Access.View view = access.reader(call);
        String thread = view.thread().id();
        long from = Math.max(call.query().startTime(), view.floor());
        SyncState after = SyncState.of(call.query());
        if (after != null && !after.id().equals(thread)) {
            throw ApiError.badField("syncState", "of another thread", "the value of a nextLink");
        }
        String end = after == null ? Tables.end(thread) : Tables.key(thread, Math.max(0, after.number()));
        int size = call.query().pageSize();
        List<Rows.Message> page = new ArrayList<>(Math.min(size, 32));
        Iterator<Rows.Message> messages = tables.messages().descending(Tables.key(thread, from), end);
        while (page.size() < size && messages.hasNext()) {
            Rows.Message message = messages.next();
            if (view.shows(message)) {
                page.add(message);
            }
        }
        String next = null;
        if (page.size() == size) {
            SyncState position = new SyncState(page.get(size - 1).id(), thread);
            next = Links.nextByCursor(call, "/chat/threads/" + thread + "/messages", position.encoded());
        }
        return Wire.page(page, Wire::message, next);
    }

    Reply get(Call call) {
        Access.View view = access.reader(call);
        Rows.Message message = find(call);
        if (view.frozen() && (message == null || !view.shows(message))) {
            throw ApiError.forbidden("The initiator was removed from the chat thread.");
        }
        if (message == null || !view.shows(message)) {
            throw unknown();
        }
        return Reply.json(200, json -> Wire.message(json, message));
    }

    Reply update(Call call) {
        Access.Inside inside = access.participant(call);
        Rows.Message old = own(call, inside);
        if (old.deletedOn() != 0) {
            throw unknown();
        }
        Fields body = call.body();
        String given = body.string("content");
        String content = given == null ? old.content() : content(given, old.type());
        Map<String, String> metadata =
                body.has("metadata") ? Metadata.of(body, Metadata.MESSAGE_BYTES) : old.metadata();
        if (given != null || body.has("metadata")) {
            log.replace(
                    inside.thread(),
                    old.edited(content, metadata, inside.thread().nextVersion(call.now())));
        }
        return Reply.empty(204);
    }

    Reply delete(Call call) {
        Access.Inside inside = access.participant(call);
        Rows.Message old = own(call, inside);
        if (old.deletedOn() == 0) {
            log.replace(inside.thread(), old.deleted(inside.thread().nextVersion(call.now())));
        }
        return Reply.empty(204);
    }

    /** The message of the path, if the caller sees it and wrote it. */
    private Rows.Message own(Call call, Access.Inside inside) {
        Rows.Message message = find(call);
        if (message == null || message.id() < inside.member().shareHistoryTime()) {
            throw unknown();
        }
        if (!message.written() || !message.sender().equals(call.user())) {
            throw ApiError.forbidden("Only the sender may change a message.");
        }
        return message;
    }

    private Rows.@Nullable Message find(Call call) {
        long id = MessageIds.parse(call.item());
        return id < 0 ? null : tables.messages().get(Tables.key(call.thread(), id));
    }

    private String content(String given, String type) {
        int bytes = Text.utf8Length(given);
        if (bytes > MAX_CONTENT) {
            throw ApiError.badField("content", bytes + " bytes", "at most " + MAX_CONTENT);
        }
        return type.equals(Rows.Message.HTML) ? html.clean(given) : given;
    }

    private static ApiError unknown() {
        return ApiError.notFound("The message does not exist.");
    }
}
