package dev.chatgateway.command;

import dev.chatgateway.protocol.Params;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * Reads a communication identifier in the form of the REST API: {@code rawId}, an object of the identifier's kind, or
 * both. The service validates the fields of that object.
 */
final class IdentifierFields {
    private static final List<String> OTHER_KINDS =
            List.of("phoneNumber", "microsoftTeamsUser", "microsoftTeamsApp", "teamsExtensionUser");

    private IdentifierFields() {}

    static JsonObject read(Params identifier) {
        Optional<String> rawId = identifier.optionalString("rawId", 1, ParamFields.ID_LENGTH);
        Optional<String> userId = identifier.optionalObject("communicationUser").map(user -> {
            String id = user.string("id", 1, ParamFields.ID_LENGTH);
            user.finish();
            return id;
        });
        Optional<String> kind = identifier.optionalString("kind", 1, ParamFields.NAME_LENGTH);
        JsonObject others = new JsonObject();
        OTHER_KINDS.forEach(name -> identifier.optionalJson(name).ifPresent(object -> others.put(name, object)));
        identifier.finish();
        if (rawId.isPresent() && userId.isPresent() && !rawId.equals(userId)) {
            throw identifier.refuse("communicationUser.id", "differs from rawId", "the same id or one of them");
        }
        Optional<String> id = rawId.or(() -> userId);
        if (id.isPresent()) {
            // Clients send identifiers back as the service returned them: other fields beside the raw id are dropped.
            JsonObject json = new JsonObject().put("rawId", id.get());
            userId.ifPresent(user -> json.put("communicationUser", new JsonObject().put("id", user)));
            return json;
        }
        if (others.size() != 1) {
            throw identifier.refuse(
                    "rawId", "missing", "rawId, communicationUser or one of " + String.join(", ", OTHER_KINDS));
        }
        kind.ifPresent(name -> others.put("kind", name));
        return others;
    }
}
