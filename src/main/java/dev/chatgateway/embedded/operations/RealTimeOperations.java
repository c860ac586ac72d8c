package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.Reply;

/** Tells official clients where their live channel is. */
public final class RealTimeOperations {
    private final LiveChannel channel;

    public RealTimeOperations(LiveChannel channel) {
        this.channel = channel;
    }

    /** @throws ApiError 404 without a live channel; 503, which clients repeat, until it is open */
    public Reply get(Call call) {
        LiveChannel.Location location = channel.locate(call.base());
        if (location instanceof LiveChannel.Served served) {
            return Reply.json(200, json -> {
                json.writeStartObject();
                json.writeStringField("trouterServiceUrl", served.trouterServiceUrl());
                json.writeStringField("registrarServiceUrl", served.registrarServiceUrl());
                json.writeStringField("cloudType", served.cloudType());
                json.writeEndObject();
            });
        }
        throw location instanceof LiveChannel.Starting
                ? ApiError.unavailable("The live channel is not open yet.")
                : ApiError.notFound("No such path.");
    }
}
