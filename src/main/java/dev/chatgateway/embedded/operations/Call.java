package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.BodyFields;
import dev.chatgateway.embedded.request.Operation;
import dev.chatgateway.embedded.request.Query;
import org.jspecify.annotations.Nullable;

/**
 * An authenticated request for an operation.
 *
 * @param user the caller; empty for identity operations
 * @param thread decoded thread id of the path, or empty
 * @param item decoded last id of the path (message or identity), or empty
 * @param base scheme and authority of links, without a slash at the end
 * @param repeatability repeatability id of a create, or null
 * @param responses writes bodies in the api-version of the request
 * @param now the service's time in epoch milliseconds
 */
public record Call(
        Operation operation,
        String user,
        String thread,
        String item,
        Query query,
        BodyFields body,
        String base,
        String apiVersion,
        @Nullable String repeatability,
        ResponseJson responses,
        long now) {}
