package dev.chatgateway.protocol;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * The error of a failed request (docs/protocol.md, Errors). Thrown to refuse a request. Has no stack trace, because it is a
 * response and not a bug.
 */
public final class RpcError extends RuntimeException {
    public static final int PARSE = -32700;
    public static final int INVALID_REQUEST = -32600;
    public static final int METHOD_NOT_FOUND = -32601;
    public static final int INVALID_PARAMS = -32602;
    public static final int INTERNAL = -32603;

    private static final long serialVersionUID = 1;

    private final int code;
    private final transient @Nullable JsonObject data;

    /**
     * @param code JSON-RPC error code (negative), or HTTP status of a refusal by the chat service or a limit
     * @param message names the field, its value and what was expected; never a token or a message body
     */
    public RpcError(int code, String message, @Nullable JsonObject data) {
        super(message, null, false, false);
        this.code = code;
        this.data = data;
    }

    /** Invalid parameters. The message names the field and the reason. */
    public static RpcError invalidParams(String message) {
        return new RpcError(INVALID_PARAMS, message, null);
    }

    /** Not authenticated yet, or the token has expired. */
    public static RpcError unauthorized(String message) {
        return new RpcError(401, message, data("Unauthorized", false, -1));
    }

    /** A refusal in the form of the chat service's, with an HTTP status. */
    public static RpcError of(int status, String message, String code, boolean retryable) {
        return new RpcError(status, message, data(code, retryable, -1));
    }

    /** A limit of the gateway refused the request. */
    public static RpcError tooManyRequests(String message, long retryAfterMs) {
        return new RpcError(429, message, data("TooManyRequests", true, retryAfterMs));
    }

    /** The member {@code data}: the service's code, whether a retry helps, and after what time if that is not negative. */
    public static JsonObject data(String code, boolean retryable, long retryAfterMs) {
        JsonObject data = new JsonObject().put("code", code).put("retryable", retryable);
        if (retryAfterMs >= 0) {
            data.put("retryAfterMs", retryAfterMs);
        }
        return data;
    }

    /** JSON-RPC error code or HTTP status. */
    public int code() {
        return code;
    }

    /** The member {@code error} of the response. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject().put("code", code).put("message", getMessage());
        if (data != null) {
            json.put("data", data);
        }
        return json;
    }
}
