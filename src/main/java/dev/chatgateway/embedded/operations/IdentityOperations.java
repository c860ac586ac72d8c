package dev.chatgateway.embedded.operations;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.chatgateway.embedded.auth.AccessTokens;
import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.BodyFields;
import dev.chatgateway.embedded.request.Reply;
import dev.chatgateway.embedded.request.Scope;
import dev.chatgateway.embedded.request.Text;
import dev.chatgateway.embedded.store.Rows;
import dev.chatgateway.embedded.store.Table;
import dev.chatgateway.embedded.store.Tables;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The identity operations (docs/service-reference.md, Identity). */
public final class IdentityOperations {
    private static final int MIN_MINUTES = 60;
    private static final int MAX_MINUTES = 1440;

    /** The fraction of the second has no trailing zeros. */
    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
            .appendOffset("+HH:MM", "+00:00")
            .toFormatter(Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final int MAX_CUSTOM_ID = 256;

    /** First year of api-versions with customId and lastTokenIssuedAt. */
    private static final String DETAILED_SINCE = "2025";

    private final Table<Rows.Identity> identities;
    private final Table<Rows.CustomId> customIds;
    private final Identifiers identifiers;
    private final AccessTokens tokens;

    public IdentityOperations(Tables tables, Identifiers identifiers, AccessTokens tokens) {
        this.identities = tables.identities();
        this.customIds = tables.customIds();
        this.identifiers = identifiers;
        this.tokens = tokens;
    }

    public Reply create(Call call) {
        List<Scope> scopes = scopes(call.body(), "createTokenWithScopes");
        int minutes = minutes(call.body());
        Rows.Identity found = foundOrNew(call);
        Rows.Identity identity = scopes.isEmpty() ? found : found.withToken(call.now());
        identities.put(identity.id(), identity);
        AccessTokens.Issued token = scopes.isEmpty() ? null : tokens.issue(identity, scopes, minutes, call.now());
        return Reply.json(201, json -> {
            json.writeStartObject();
            json.writeFieldName("identity");
            identity(json, identity, call.apiVersion());
            accessToken(json, token);
            json.writeEndObject();
        });
    }

    /** The identity of a known custom id, else a new one. */
    private Rows.Identity foundOrNew(Call call) {
        String customId = call.body().string("customId", 1, MAX_CUSTOM_ID);
        Rows.CustomId known = customId == null ? null : customIds.get(customId);
        Rows.Identity found = known == null ? null : identities.get(known.identity());
        if (found != null) {
            return found;
        }
        Rows.Identity created = new Rows.Identity(identifiers.newUser(), call.now(), 0, customId, 0);
        if (customId != null) {
            customIds.put(customId, new Rows.CustomId(created.id()));
        }
        return created;
    }

    public Reply get(Call call) {
        Rows.Identity identity = identity(call);
        return Reply.json(200, json -> identity(json, identity, call.apiVersion()));
    }

    public Reply issue(Call call) {
        Rows.Identity identity = identity(call);
        List<Scope> scopes = scopes(call.body(), "scopes");
        if (scopes.isEmpty()) {
            throw ApiError.invalidField("scopes", "Invalid scopes - Scopes field is required.");
        }
        AccessTokens.Issued token = tokens.issue(identity, scopes, minutes(call.body()), call.now());
        identities.put(identity.id(), identity.withToken(call.now()));
        return Reply.json(200, json -> {
            json.writeStartObject();
            token(json, token);
            json.writeEndObject();
        });
    }

    public Reply revoke(Call call) {
        Rows.Identity identity = identity(call);
        identities.put(identity.id(), identity.revoked());
        return Reply.empty(204);
    }

    public Reply delete(Call call) {
        Rows.Identity identity = identity(call);
        identities.remove(identity.id());
        if (identity.customId() != null) {
            customIds.remove(identity.customId());
        }
        return Reply.empty(204);
    }

    /** Refuses every token: only Entra ID issues valid ones, which this service does not verify. */
    public Reply exchange(Call call) {
        BodyFields body = call.body();
        checkGuid(body.string("appId"), "AppId", "appId");
        checkGuid(body.string("userId"), "UserId", "userId");
        body.string("token");
        throw ApiError.invalidTeamsToken();
    }

    /** @param malformedTarget target of the error for a value that is no GUID */
    private static void checkGuid(@Nullable String given, String name, String malformedTarget) {
        if (given == null || given.isEmpty()) {
            throw ApiError.invalidField(name, name + ": The " + name + " field is required.");
        }
        if (!Identifiers.isGuid(given)) {
            throw ApiError.invalidField(malformedTarget, "Provided " + name + " has invalid format.");
        }
    }

    private Rows.Identity identity(Call call) {
        if (!identifiers.ours(call.item())) {
            throw ApiError.identityNotOwned();
        }
        Rows.Identity identity = identities.get(call.item());
        if (identity == null) {
            throw ApiError.notFound("The identity does not exist.");
        }
        return identity;
    }

    private static List<Scope> scopes(BodyFields body, String field) {
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

    private static int minutes(BodyFields body) {
        Integer minutes = body.integer("expiresInMinutes", Integer.MIN_VALUE, Integer.MAX_VALUE);
        if (minutes == null) {
            return MAX_MINUTES;
        }
        if (minutes < MIN_MINUTES || minutes > MAX_MINUTES) {
            throw ApiError.invalidField(
                    "ExpiresInMinutes",
                    "ExpiresInMinutes value " + minutes + " is invalid. Value must be within the [" + MIN_MINUTES + ", "
                            + MAX_MINUTES + "] interval.");
        }
        return minutes;
    }

    private static void identity(JsonGenerator json, Rows.Identity identity, String apiVersion) throws IOException {
        json.writeStartObject();
        if (apiVersion.compareTo(DETAILED_SINCE) >= 0) {
            if (identity.customId() != null) {
                json.writeStringField("customId", identity.customId());
            }
            if (identity.lastTokenOn() != 0) {
                Instant second = Instant.ofEpochMilli(identity.lastTokenOn()).truncatedTo(ChronoUnit.SECONDS);
                json.writeStringField("lastTokenIssuedAt", TIME.format(second));
            }
        }
        json.writeStringField("id", identity.id());
        json.writeEndObject();
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
        json.writeStringField("expiresOn", TIME.format(Instant.ofEpochMilli(token.expiresOn())));
    }
}
