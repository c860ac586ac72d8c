package dev.chatgateway.rest;

import dev.chatgateway.upstream.client.IdentityClient;
import dev.chatgateway.upstream.client.IdentityClient.IdentityException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Development routes. {@code POST /dev/users} creates a user of the embedded service, {@code POST /dev/token} issues a
 * token for a user. Requests and responses are JSON; unknown fields are refused.
 */
final class DevRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(DevRoutes.class);
    private static final int MAX_BODY_BYTES = 4_096;
    private static final int MAX_NAME_CHARS = 64;
    private static final Pattern USER_ID = Pattern.compile("8:acs:[0-9A-Za-z_-]{1,200}");

    private final DevGuard guard;
    private final IdentityClient identity;

    DevRoutes(RestOptions options, IdentityClient identity) {
        this.guard = new DevGuard(options);
        this.identity = identity;
    }

    void mount(Router router) {
        // One route for each step: Vert.x requires body handlers to come first within a route.
        for (String path : List.of("/dev/users", "/dev/token")) {
            router.post(path).handler(guard::check);
            router.post(path).handler(DevRoutes::requireJson);
            router.post(path).handler(BodyHandler.create(false).setBodyLimit(MAX_BODY_BYTES));
        }
        router.post("/dev/users").handler(this::createUser);
        router.post("/dev/token").handler(this::mintToken);
    }

    /** Refuses other content types. Pages of other sites can send forms and plain text without a preflight. */
    private static void requireJson(RoutingContext context) {
        String type =
                Optional.ofNullable(context.request().getHeader("Content-Type")).orElse("");
        String media = type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
        if (media.equals("application/json")) {
            context.next();
        } else {
            context.fail(415);
        }
    }

    private void createUser(RoutingContext context) {
        JsonObject body = body(context, "displayName");
        Optional<String> name = text(body, "displayName");
        if (name.filter(n -> n.isBlank() || n.length() > MAX_NAME_CHARS).isPresent()) {
            throw new Refusal(
                    400,
                    "displayName: " + name.get().length() + " characters (expected: 1 to " + MAX_NAME_CHARS
                            + ", not all blank)");
        }
        identity.createUser()
                .onSuccess(id -> {
                    JsonObject user = new JsonObject().put("userId", id);
                    name.ifPresent(n -> user.put("displayName", n));
                    JsonAnswer.send(context, 201, user);
                })
                .onFailure(cause -> context.fail(refusal(cause)));
    }

    private void mintToken(RoutingContext context) {
        String userId = text(body(context, "userId"), "userId")
                .orElseThrow(() -> new Refusal(400, "userId: missing (expected: the id of a user made by /dev/users)"));
        if (!USER_ID.matcher(userId).matches()) {
            throw new Refusal(400, "userId: malformed (expected: 8:acs:...)");
        }
        identity.issueToken(userId)
                .onSuccess(issued -> JsonAnswer.send(
                        context,
                        200,
                        new JsonObject()
                                .put("token", issued.token())
                                .put("expiresOn", issued.expiresOn().toString())))
                .onFailure(cause -> context.fail(refusal(cause)));
    }

    private static JsonObject body(RoutingContext context, String... allowed) {
        Object json;
        try {
            json = Json.decodeValue(context.body().buffer());
        } catch (DecodeException | NullPointerException e) {
            throw new Refusal(400, "The body is not JSON.");
        }
        if (!(json instanceof JsonObject object)) {
            throw new Refusal(400, "The body is not a JSON object.");
        }
        for (String field : object.fieldNames()) {
            if (!List.of(allowed).contains(field)) {
                String shown = field.length() > 40 ? field.substring(0, 40) + "..." : field;
                throw new Refusal(400, shown + ": unknown field (expected: " + String.join(", ", allowed) + ")");
            }
        }
        return object;
    }

    private static Optional<String> text(JsonObject body, String field) {
        Object value = body.getValue(field);
        if (value != null && !(value instanceof String)) {
            throw new Refusal(400, field + ": not a string (expected: a string)");
        }
        return Optional.ofNullable((String) value);
    }

    private static Refusal refusal(Throwable cause) {
        if (cause instanceof IdentityException refused && refused.status() == 404) {
            return new Refusal(404, "userId: unknown (expected: the id of a user made by /dev/users)");
        }
        LOG.warn("The identity service could not be used: {}", cause.toString());
        return new Refusal(cause instanceof IdentityException ? 502 : 503, "The identity service could not be used.");
    }
}
