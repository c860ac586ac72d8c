package dev.chatgateway.command;

import io.vertx.core.json.JsonArray;

/**
 * The newest messages of a thread in the form of {@code listMessages}.
 *
 * @param messages newest first by id
 * @param readTo every message with an id of at least this one is among those that were listed; 0 if all were listed
 */
public record NewestPage(JsonArray messages, long readTo) {}
