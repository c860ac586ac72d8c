package dev.chatgateway.command;

import dev.chatgateway.protocol.Params;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** One method of the protocol. */
interface Command {
    /**
     * Checks the parameters, calls the service and returns the method's result. Throws {@link
     * dev.chatgateway.protocol.RpcError} for bad parameters before any call is made.
     */
    Future<JsonObject> run(Params params, Caller caller);
}
