/**
 * A refused or failed request. `code` is a JSON-RPC code (negative), the HTTP status with which the chat service or a
 * limit refused (positive), or 0 for a failure of this client; then `data.code` is RequestTimeout, QueueFull,
 * ConnectionLost, TokenFailed or Closed.
 */
export class ChatGatewayError extends Error {
  constructor({ code, message, data }, options) {
    super(message, options);
    this.name = 'ChatGatewayError';
    this.code = code;
    this.data = data ?? {};
    this.retryable = this.data.retryable === true;
    this.retryAfterMs = this.data.retryAfterMs;
  }
}

/** A failure of the client itself. */
export function failure(code, message, retryable, cause) {
  return new ChatGatewayError({ code: 0, message, data: { code, retryable } }, cause && { cause });
}
