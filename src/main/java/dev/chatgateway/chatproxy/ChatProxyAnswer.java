package dev.chatgateway.chatproxy;

import dev.chatgateway.upstream.client.BoundedStream;
import io.vertx.core.MultiMap;

/**
 * The service's answer to a call that was passed on; its body is still to come.
 *
 * @param headers as they came
 * @param body paused; must be read to its end or given up, as it holds a connection
 * @param abandon gives the body up; does nothing once it is at its end
 */
public record ChatProxyAnswer(int status, MultiMap headers, BoundedStream body, Runnable abandon) {}
