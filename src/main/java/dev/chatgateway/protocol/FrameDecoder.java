package dev.chatgateway.protocol;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decodes the text of a WebSocket message to JSON-RPC 2.0 requests. Never throws. Owned by the connection. */
public final class FrameDecoder {
    private static final int METHOD_LENGTH = 64;
    private static final int ID_LENGTH = 128;
    private static final int COMMENT = -1;
    private static final String NO_JSON = "Parse error: the frame is no JSON.";

    private static final Set<String> MEMBERS = Set.of("jsonrpc", "id", "method", "params");
    private static final int LOGGED_NAMES = 5;
    private static final int LOGGED_LENGTH = 32;
    private static final Pattern UNSAFE_IN_LOG = Pattern.compile("[^A-Za-z0-9_.-]");
    private static final Logger LOG = LoggerFactory.getLogger(FrameDecoder.class);

    private final int batchLimit;
    private final int depthLimit;
    private boolean unknownLogged;

    public FrameDecoder(int batchLimit, int depthLimit) {
        this.batchLimit = batchLimit;
        this.depthLimit = depthLimit;
    }

    /**
     * A decoded message.
     *
     * @param batch whether the message was an array, so that the responses are sent as one array
     * @param entries requests, and an error for each entry that is not a request
     */
    public record Decoded(boolean batch, List<Entry> entries) {
        /** Whether the message gets a response: it has an entry that is not a notification. */
        public boolean hasResponse() {
            for (Entry entry : entries) {
                if (!(entry instanceof Entry.Call call && call.request().notification())) {
                    return true;
                }
            }
            return false;
        }

        /** Whether the message has no request. */
        public boolean junk() {
            for (Entry entry : entries) {
                if (entry instanceof Entry.Call) {
                    return false;
                }
            }
            return true;
        }
    }

    /** A request, or the error response to an invalid one. */
    public sealed interface Entry {
        /** A valid request. */
        record Call(RpcRequest request) implements Entry {}

        /** An invalid request. The id is null when it is missing or invalid. */
        record Bad(@Nullable Object id, RpcError error) implements Entry {}
    }

    /** Decodes one message. */
    public Decoded decode(String text) {
        int depth = depth(text);
        if (depth == COMMENT) {
            return bad(RpcError.PARSE, NO_JSON);
        }
        if (depth > depthLimit) {
            return bad(
                    RpcError.INVALID_REQUEST,
                    "nesting: more than " + depthLimit + " levels (expected: at most " + depthLimit + ")");
        }
        Object json;
        try {
            json = Json.decodeValue(text);
        } catch (DecodeException | NumberFormatException e) {
            return bad(RpcError.PARSE, NO_JSON);
        }
        if (json instanceof JsonArray array) {
            return batch(array);
        }
        return new Decoded(false, List.of(entry(json)));
    }

    private Decoded batch(JsonArray array) {
        if (array.isEmpty() || array.size() > batchLimit) {
            return bad(
                    RpcError.INVALID_REQUEST,
                    "batch: " + array.size() + " requests (expected: 1 to " + batchLimit + ")");
        }
        List<Entry> entries = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            entries.add(entry(array.getValue(i)));
        }
        return new Decoded(true, entries);
    }

    private Entry entry(@Nullable Object json) {
        if (!(json instanceof JsonObject object)) {
            return invalid(null, "request: not an object (expected: a JSON-RPC 2.0 request)");
        }
        Object id = object.getValue("id");
        if (!goodId(id)) {
            return invalid(null, "id: neither a string of at most " + ID_LENGTH + " characters nor a number");
        }
        if (!"2.0".equals(object.getValue("jsonrpc"))) {
            return invalid(id, "jsonrpc: missing or other (expected: \"2.0\")");
        }
        if (!(object.getValue("method") instanceof String method) || method.length() > METHOD_LENGTH) {
            return invalid(
                    id, "method: missing or too long (expected: a string of 1 to " + METHOD_LENGTH + " characters)");
        }
        if (!MEMBERS.containsAll(object.fieldNames())) {
            logUnknown(object);
        }
        Object params = object.getValue("params");
        boolean none = params == null || (params instanceof JsonArray array && array.isEmpty());
        if (!none && !(params instanceof JsonObject)) {
            return new Entry.Bad(id, RpcError.invalidParams("params: not an object (expected: named parameters)"));
        }
        JsonObject named = none ? new JsonObject() : (JsonObject) params;
        return new Entry.Call(new RpcRequest(id, !object.containsKey("id"), method, named));
    }

    /** Members that JSON-RPC does not define are ignored. Only the first of a connection is logged. */
    private void logUnknown(JsonObject request) {
        if (!unknownLogged && LOG.isDebugEnabled()) {
            unknownLogged = true;
            String names = request.fieldNames().stream()
                    .filter(name -> !MEMBERS.contains(name))
                    .limit(LOGGED_NAMES)
                    .map(name -> UNSAFE_IN_LOG
                            .matcher(name.substring(0, Math.min(name.length(), LOGGED_LENGTH)))
                            .replaceAll("?"))
                    .collect(Collectors.joining(", "));
            LOG.debug("requests have unknown members, which are ignored: {}", names);
        }
    }

    private static boolean goodId(@Nullable Object id) {
        // A number outside the range of a double is parsed as infinite, which JSON cannot represent.
        boolean number = id instanceof Number value && Double.isFinite(value.doubleValue());
        return id == null || number || (id instanceof String text && text.length() <= ID_LENGTH);
    }

    private static Entry invalid(@Nullable Object id, String message) {
        return new Entry.Bad(id, new RpcError(RpcError.INVALID_REQUEST, message, null));
    }

    private static Decoded bad(int code, String message) {
        return new Decoded(false, List.of(new Entry.Bad(null, new RpcError(code, message, null))));
    }

    /**
     * The deepest nesting, counted before parsing to protect the parser. Comments are rejected, because Vert.x's parser
     * accepts them and they would hide brackets from the count.
     */
    private static int depth(String text) {
        int depth = 0;
        int deepest = 0;
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    quoted = false;
                }
            } else if (c == '/') {
                return COMMENT;
            } else if (c == '"') {
                quoted = true;
            } else if (c == '{' || c == '[') {
                deepest = Math.max(deepest, ++depth);
            } else if (c == '}' || c == ']') {
                depth--;
            }
        }
        return deepest;
    }
}
