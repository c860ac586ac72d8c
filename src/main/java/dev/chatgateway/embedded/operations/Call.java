package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.BodyFields;
import dev.chatgateway.embedded.request.Operation;
import dev.chatgateway.embedded.request.Query;
import org.jspecify.annotations.Nullable;

/**
 * An authenticated request for an operation.
 *
 * @param user the caller; empty for identity operations, which the resource itself calls
 * @param thread decoded thread id of the path, or empty
 * @param item decoded last id of the path (message or identity), or empty
 * @param base scheme and authority for links, without a slash at the end
 * @param repeatability id that makes a create repeatable, or null
 * @param wire writes bodies in the api-version of the request
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
        ResponseJson wire,
        long now) {}
