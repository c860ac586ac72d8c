package dev.chatgateway.chatproxy;

import dev.chatgateway.upstream.client.BoundedStream;
import io.vertx.core.MultiMap;

/**
 * The response of the service to a forwarded call; its body has not been read.
 *
 * @param headers headers as received
 * @param body paused; must be read to its end or cancelled, because it uses a connection
 * @param cancel cancels the body; no effect at its end
 */
public record ChatProxyAnswer(int status, MultiMap headers, BoundedStream body, Runnable cancel) {}
