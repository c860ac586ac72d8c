package dev.chatgateway.protocol;

import io.vertx.core.json.JsonObject;

/**
 * Converts a raw id to the two forms that clients expect: the tagged object of the official client's events, and the model
 * of REST bodies (docs/service-reference.md, Identifiers).
 */
public final class CommunicationIdentifiers {
    private CommunicationIdentifiers() {}

    /** The form in events, for example {@code {kind: "communicationUser", communicationUserId}}. */
    public static JsonObject kind(String rawId) {
        int end = prefixEnd(rawId);
        String rest = rawId.substring(end);
        return switch (rawId.substring(0, end)) {
            case "8:acs:" -> user(rawId, rest, "public");
            case "8:dod-acs:" -> user(rawId, rest, "dod");
            case "8:gcch-acs:" -> user(rawId, rest, "gcch");
            case "8:spool:" -> communicationUser(rawId);
            case "8:orgid:" -> teamsUser(rawId, rest, false).put("cloud", "public");
            case "8:dod:" -> teamsUser(rawId, rest, false).put("cloud", "dod");
            case "8:gcch:" -> teamsUser(rawId, rest, false).put("cloud", "gcch");
            case "8:teamsvisitor:" -> teamsUser(rawId, rest, true);
            case "28:orgid:" -> teamsApp(rawId, rest, "public");
            case "28:dod:" -> teamsApp(rawId, rest, "dod");
            case "28:gcch:" -> teamsApp(rawId, rest, "gcch");
            case "4:" ->
                new JsonObject().put("kind", "phoneNumber").put("rawId", rawId).put("phoneNumber", rest);
            default -> new JsonObject().put("kind", "unknown").put("id", rawId);
        };
    }

    /** The form in REST bodies: the raw id and, for a known kind of id, a nested object of that kind. */
    public static JsonObject model(String rawId) {
        JsonObject kind = kind(rawId);
        JsonObject model = new JsonObject().put("rawId", rawId);
        return switch (kind.getString("kind")) {
            case "communicationUser" -> model.put("communicationUser", new JsonObject().put("id", rawId));
            case "phoneNumber" ->
                model.put("phoneNumber", new JsonObject().put("value", kind.getString("phoneNumber")));
            case "microsoftTeamsUser" ->
                model.put(
                        "microsoftTeamsUser",
                        new JsonObject()
                                .put("userId", kind.getString("microsoftTeamsUserId"))
                                .put("isAnonymous", kind.getBoolean("isAnonymous"))
                                .put("cloud", kind.getString("cloud", "public")));
            case "microsoftTeamsApp" ->
                model.put(
                        "microsoftTeamsApp",
                        new JsonObject()
                                .put("appId", kind.getString("teamsAppId"))
                                .put("cloud", kind.getString("cloud")));
            default -> model;
        };
    }

    /** Length of the prefix: up to the second colon for users and apps, up to the first for phone numbers. */
    private static int prefixEnd(String rawId) {
        if (rawId.startsWith("4:")) {
            return 2;
        }
        int first = rawId.indexOf(':');
        return first < 0 ? 0 : rawId.indexOf(':', first + 1) + 1;
    }

    /** An id of three parts joined by underscores (resource, tenant, user) is a user of Teams Phone extensibility. */
    private static JsonObject user(String rawId, String rest, String cloud) {
        String[] parts = rest.split("_", -1);
        if (parts.length != 3) {
            return communicationUser(rawId);
        }
        return new JsonObject()
                .put("kind", "teamsExtensionUser")
                .put("rawId", rawId)
                .put("userId", parts[2])
                .put("tenantId", parts[1])
                .put("resourceId", parts[0])
                .put("cloud", cloud);
    }

    private static JsonObject communicationUser(String rawId) {
        return new JsonObject().put("kind", "communicationUser").put("communicationUserId", rawId);
    }

    private static JsonObject teamsUser(String rawId, String userId, boolean anonymous) {
        return new JsonObject()
                .put("kind", "microsoftTeamsUser")
                .put("rawId", rawId)
                .put("microsoftTeamsUserId", userId)
                .put("isAnonymous", anonymous);
    }

    private static JsonObject teamsApp(String rawId, String appId, String cloud) {
        return new JsonObject()
                .put("kind", "microsoftTeamsApp")
                .put("rawId", rawId)
                .put("teamsAppId", appId)
                .put("cloud", cloud);
    }
}
