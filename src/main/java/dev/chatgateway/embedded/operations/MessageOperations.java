package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.faults.Realism;
import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.BodyFields;
import dev.chatgateway.embedded.request.MessageIds;
import dev.chatgateway.embedded.request.Reply;
import dev.chatgateway.embedded.request.Text;
import dev.chatgateway.embedded.store.MessageLog;
import dev.chatgateway.embedded.store.Messages;
import dev.chatgateway.embedded.store.Rows;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sends, lists, gets, updates and deletes messages. */
public final class MessageOperations {
    /** Maximum of UTF-8 bytes of content. */
    static final int MAX_CONTENT = 28_672;

    /** Default page size of the real service. */
    private static final int DEFAULT_PAGE = 10;

    private static final int MAX_NAME = 256;

    private final Messages messages;
    private final Access access;
    private final MessageLog log;
    private final Realism realism;
    private final HtmlCleaner html = new HtmlCleaner();

    public MessageOperations(Messages messages, Access access, MessageLog log, Realism realism) {
        this.messages = messages;
        this.access = access;
        this.log = log;
        this.realism = realism;
    }

    public Reply send(Call call) {
        Rows.ChatThread thread = access.participant(call).thread();
        BodyFields body = call.body();
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

    /**
     * Lists by version, newest change first: an edited or deleted message is at the top. A version is never below the
     * arrival of its message, so a lower bound of arrival is also one of the versions to read.
     */
    public Reply list(Call call) {
        Access.View view = access.reader(call);
        String thread = view.thread().id();
        long arrival = Math.max(call.query().startTime(), view.floor());
        ChangeWindow after = ChangeWindow.of(call.query(), thread);
        int size = call.query().pageSize(DEFAULT_PAGE);
        List<Rows.Message> found = new ArrayList<>(Math.min(size + 1, 32));
        Iterator<Rows.Message> changes = messages.newestChangeFirst(
                thread, arrival, after == null ? view.end() : Math.min(after.last(), view.end()));
        while (found.size() <= size && changes.hasNext()) {
            Rows.Message message = changes.next();
            if (message.id() >= arrival) {
                found.add(message);
            }
        }
        boolean more = found.size() > size || (found.size() == size && realism.emptyLastPage());
        if (!more) {
            return ResponseJson.page(found, call.responses()::message, null);
        }
        List<Rows.Message> page = found.subList(0, size);
        long first = after == null ? page.get(0).version() : after.first();
        ChangeWindow next = new ChangeWindow(thread, page.get(size - 1).version(), first);
        String path = "/chat/threads/" + thread + "/messages";
        return ResponseJson.page(page, call.responses()::message, Links.nextMessages(call, path, next, size));
    }

    public Reply get(Call call) {
        Access.View view = access.reader(call);
        Rows.Message message = find(call);
        if (view.frozen() && (message == null || !view.shows(message))) {
            throw ApiError.forbidden("The initiator was removed from the chat thread.");
        }
        if (message == null || !view.shows(message)) {
            throw unknown();
        }
        return Reply.json(200, json -> call.responses().message(json, message));
    }

    public Reply update(Call call) {
        Access.Inside inside = access.participant(call);
        Rows.Message old = own(call, inside);
        if (old.deletedOn() != 0) {
            throw unknown();
        }
        BodyFields body = call.body();
        String given = body.string("content");
        String content = given == null ? old.content() : content(given, old.type());
        Map<String, String> metadata = Metadata.mergedMessage(old.metadata(), body);
        if (given != null || body.has("metadata")) {
            log.replace(
                    inside.thread(),
                    old,
                    old.edited(content, metadata, inside.thread().nextVersion(call.now())));
        }
        return Reply.empty(204);
    }

    public Reply delete(Call call) {
        Access.Inside inside = access.participant(call);
        Rows.Message old = own(call, inside);
        if (old.deletedOn() == 0) {
            log.replace(inside.thread(), old, old.deleted(inside.thread().nextVersion(call.now())));
        }
        return Reply.empty(204);
    }

    /** The message of the path, which the caller must see and have sent. */
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
        return id < 0 ? null : messages.get(call.thread(), id);
    }

    private String content(String given, String type) {
        limit(given, "");
        if (!type.equals(Rows.Message.HTML)) {
            return given;
        }
        // Escapes can lengthen it; the limit also applies to the stored form, so that it can be written back.
        String cleaned = html.clean(given);
        limit(cleaned, " as HTML");
        return cleaned;
    }

    private static void limit(String content, String form) {
        int bytes = Text.utf8Length(content);
        if (bytes > MAX_CONTENT) {
            throw ApiError.badField("content", bytes + " bytes" + form, "at most " + MAX_CONTENT);
        }
    }

    private static ApiError unknown() {
        return ApiError.notFound("The message does not exist.");
    }
}
