package dev.chatgateway.command;

import io.vertx.core.json.JsonArray;

/**
 * The newest messages of a thread, as {@code listMessages} has them.
 *
 * @param messages newest first by id
 * @param readTo every message with an id of at least that was listed; 0 when all were
 */
public record NewestPage(JsonArray messages, long readTo) {}
