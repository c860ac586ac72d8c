package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.BodyFields;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/** Creates and checks ids, reads identifier objects of requests (docs/service-reference.md, Identifiers). */
public final class Identifiers {
    private static final String USER = "8:acs:";
    private static final String GUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";

    private static final Pattern A_GUID = Pattern.compile(GUID);

    /** A user of any resource, a Teams user or application, or a phone number. */
    private static final Pattern RAW_ID = Pattern.compile(
            "8:(acs|dod-acs|gcch-acs):" + GUID + "_" + GUID + "|8:(orgid|dod|gcch|teamsvisitor|spool):.+|28:.+|4:.+");

    private final String resource;
    private final AtomicInteger users = new AtomicInteger();

    /** @param resource GUID of this resource; part of each user id */
    public Identifiers(String resource) {
        this.resource = resource;
    }

    /** Whether a user id is one of this resource. */
    boolean ours(String user) {
        return user.startsWith(USER + resource + "_");
    }

    static boolean isGuid(String text) {
        return A_GUID.matcher(text).matches();
    }

    String resource() {
        return resource;
    }

    /** A new user id: its first group is a counter, as in the real service, the rest is random. */
    String newUser() {
        String random = UUID.randomUUID().toString().substring(8);
        return USER + resource + "_" + String.format("%08x", users.incrementAndGet()) + random;
    }

    /**
     * The raw id of an identifier object: {@code communicationUser.id} or {@code rawId}, which must be equal if both exist.
     *
     * @throws ApiError 400 if there is no id, if two ids differ or if the id is malformed
     */
    static String rawId(BodyFields model) {
        String id = givenId(model);
        if (!RAW_ID.matcher(id).matches()) {
            throw ApiError.malformedUserId(id);
        }
        return id;
    }

    private static String givenId(BodyFields model) {
        String rawId = model.string("rawId");
        BodyFields user = model.object("communicationUser");
        if (user == null) {
            if (rawId == null || rawId.isEmpty()) {
                return otherRawId(model);
            }
            return rawId;
        }
        String id = user.required("id");
        if (rawId != null && !rawId.equals(id)) {
            throw ApiError.badField(model.path("rawId"), "not communicationUser.id", "the same id in both");
        }
        return id;
    }

    /** The raw id of another kind. It cannot take part here; the id is needed for the failure. */
    private static String otherRawId(BodyFields model) {
        BodyFields phone = model.object("phoneNumber");
        if (phone != null) {
            return "4:" + phone.required("value");
        }
        BodyFields teamsUser = model.object("microsoftTeamsUser");
        if (teamsUser != null) {
            return "8:orgid:" + teamsUser.required("userId");
        }
        BodyFields teamsApp = model.object("microsoftTeamsApp");
        if (teamsApp != null) {
            return "28:orgid:" + teamsApp.required("appId");
        }
        throw ApiError.badField(model.path("communicationUser"), "missing", "communicationUser.id or rawId");
    }
}
