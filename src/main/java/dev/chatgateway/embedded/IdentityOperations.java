package dev.chatgateway.embedded;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The identity operations (specification 5.1). */
final class IdentityOperations {
    private static final int MIN_MINUTES = 60;
    private static final int MAX_MINUTES = 1440;

    private final Table<Rows.Identity> identities;
    private final Identifiers identifiers;
    private final AccessTokens tokens;

    IdentityOperations(Table<Rows.Identity> identities, Identifiers identifiers, AccessTokens tokens) {
        this.identities = identities;
        this.identifiers = identifiers;
        this.tokens = tokens;
    }

    Reply create(Call call) {
        List<Scope> scopes = scopes(call.body(), "createTokenWithScopes");
        int minutes = minutes(call.body());
        Rows.Identity identity = new Rows.Identity(identifiers.newUser(), call.now(), 0);
        identities.put(identity.id(), identity);
        AccessTokens.Issued token = scopes.isEmpty() ? null : tokens.issue(identity, scopes, minutes, call.now());
        return Reply.json(201, json -> {
            json.writeStartObject();
            json.writeObjectFieldStart("identity");
            json.writeStringField("id", identity.id());
            json.writeEndObject();
            accessToken(json, token);
            json.writeEndObject();
        });
    }

    Reply issue(Call call) {
        Rows.Identity identity = identity(call);
        List<Scope> scopes = scopes(call.body(), "scopes");
        if (scopes.isEmpty()) {
            throw ApiError.badField("scopes", "missing", "at least one scope");
        }
        AccessTokens.Issued token = tokens.issue(identity, scopes, minutes(call.body()), call.now());
        return Reply.json(200, json -> {
            json.writeStartObject();
            token(json, token);
            json.writeEndObject();
        });
    }

    Reply revoke(Call call) {
        Rows.Identity identity = identity(call);
        identities.put(
                identity.id(), new Rows.Identity(identity.id(), identity.createdOn(), identity.generation() + 1));
        return Reply.empty(204);
    }

    Reply delete(Call call) {
        identities.remove(identity(call).id());
        return Reply.empty(204);
    }

    private Rows.Identity identity(Call call) {
        Rows.Identity identity = identities.get(call.item());
        if (identity == null) {
            throw ApiError.notFound("The identity does not exist.");
        }
        return identity;
    }

    private static List<Scope> scopes(Fields body, String field) {
        List<Scope> scopes = new ArrayList<>();
        for (String label : body.strings(field)) {
            Scope scope = Scope.named(label)
                    .orElseThrow(() -> ApiError.badField(
                            field, Text.shown(label), "chat, chat.join, chat.join.limited, voip or voip.join"));
            if (!scopes.contains(scope)) {
                scopes.add(scope);
            }
        }
        return scopes;
    }

    private static int minutes(Fields body) {
        Integer minutes = body.integer("expiresInMinutes", MIN_MINUTES, MAX_MINUTES);
        return minutes == null ? MAX_MINUTES : minutes;
    }

    private static void accessToken(JsonGenerator json, AccessTokens.@Nullable Issued token) throws IOException {
        if (token != null) {
            json.writeObjectFieldStart("accessToken");
            token(json, token);
            json.writeEndObject();
        }
    }

    private static void token(JsonGenerator json, AccessTokens.Issued token) throws IOException {
        json.writeStringField("token", token.token());
        json.writeStringField("expiresOn", Timestamps.formatWithOffset(token.expiresOn()));
    }
}
