package dev.chatgateway.embedded.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.embedded.auth.AccessTokens;
import dev.chatgateway.embedded.auth.Authenticator;
import dev.chatgateway.embedded.faults.Realism;
import dev.chatgateway.embedded.operations.Access;
import dev.chatgateway.embedded.operations.Admission;
import dev.chatgateway.embedded.operations.Call;
import dev.chatgateway.embedded.operations.Expiry;
import dev.chatgateway.embedded.operations.Identifiers;
import dev.chatgateway.embedded.operations.IdentityOperations;
import dev.chatgateway.embedded.operations.ListThreadsOperation;
import dev.chatgateway.embedded.operations.LiveChannel;
import dev.chatgateway.embedded.operations.MessageOperations;
import dev.chatgateway.embedded.operations.ParticipantOperations;
import dev.chatgateway.embedded.operations.RealTimeOperations;
import dev.chatgateway.embedded.operations.ReceiptOperations;
import dev.chatgateway.embedded.operations.ResponseJson;
import dev.chatgateway.embedded.operations.ThreadOperations;
import dev.chatgateway.embedded.operations.ThreadRemoval;
import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.BodyFields;
import dev.chatgateway.embedded.request.ErrorForm;
import dev.chatgateway.embedded.request.Json;
import dev.chatgateway.embedded.request.Operation;
import dev.chatgateway.embedded.request.PathIds;
import dev.chatgateway.embedded.request.Query;
import dev.chatgateway.embedded.request.Reply;
import dev.chatgateway.embedded.request.Request;
import dev.chatgateway.embedded.request.Scope;
import dev.chatgateway.embedded.request.Text;
import dev.chatgateway.embedded.store.MessageLog;
import dev.chatgateway.embedded.store.Messages;
import dev.chatgateway.embedded.store.Store;
import dev.chatgateway.embedded.store.Tables;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Produces the reply to a request: authentication, rate limits, scope, then the operation. Does no I/O. Runs inside
 * {@link Store#run}, one request at a time, and owns all state of the service.
 */
public final class RequestProcessor {
    private static final Logger LOG = LoggerFactory.getLogger(RequestProcessor.class);

    /** Any well-formed version is accepted; clients ignore fields that are newer than their version. */
    private static final Pattern API_VERSION = Pattern.compile("\\d{4}-\\d{2}-\\d{2}(-[a-z0-9]{1,20})?");

    private final Authenticator authenticator;
    private final @Nullable RateLimits limits;
    private final int fractionDigits;
    private final Realism realism;
    private final Expiry expiry;
    private final Map<Expiry.Kind, BiConsumer<String, Long>> expired;
    private final Map<Operation, Function<Call, Reply>> operations = new EnumMap<>(Operation.class);

    /**
     * @param limits null: none
     * @param fractionDigits digits of a second in times of chat responses
     */
    public RequestProcessor(
            Tables tables,
            Identifiers identifiers,
            AccessTokens tokens,
            Authenticator authenticator,
            @Nullable RateLimits limits,
            int fractionDigits,
            Realism realism,
            LiveChannel channel) {
        this.fractionDigits = fractionDigits;
        this.realism = realism;
        this.authenticator = authenticator;
        this.limits = limits;
        this.expiry = new Expiry(tables.dues());
        Access access = new Access(tables);
        Messages messages = new Messages(tables);
        MessageLog log = new MessageLog(tables.threads(), messages);
        Admission admission = new Admission(tables.identities(), identifiers);
        ThreadRemoval removal = new ThreadRemoval(tables, messages, expiry);
        this.expired = Map.of(
                Expiry.Kind.RETENTION, removal::deleteByPolicy,
                Expiry.Kind.TOMBSTONE, (id, due) -> removal.purge(id),
                Expiry.Kind.REPLAY, (key, due) -> tables.replays().remove(key));
        bind(new ThreadOperations(tables, access, log, admission, removal, expiry));
        operations.put(Operation.LIST_THREADS, new ListThreadsOperation(tables, realism)::list);
        bind(new MessageOperations(messages, access, log, realism));
        bind(new ParticipantOperations(tables, access, log, admission));
        bind(new ReceiptOperations(tables, messages, access, channel));
        operations.put(Operation.GET_REAL_TIME_NOTIFICATIONS, new RealTimeOperations(channel)::get);
        bind(new IdentityOperations(tables, identifiers, tokens));
    }

    private void bind(ThreadOperations threads) {
        operations.put(Operation.CREATE_THREAD, threads::create);
        operations.put(Operation.GET_THREAD, threads::get);
        operations.put(Operation.UPDATE_THREAD, threads::update);
        operations.put(Operation.DELETE_THREAD, threads::delete);
    }

    private void bind(MessageOperations messages) {
        operations.put(Operation.SEND_MESSAGE, messages::send);
        operations.put(Operation.LIST_MESSAGES, messages::list);
        operations.put(Operation.GET_MESSAGE, messages::get);
        operations.put(Operation.UPDATE_MESSAGE, messages::update);
        operations.put(Operation.DELETE_MESSAGE, messages::delete);
    }

    private void bind(ParticipantOperations participants) {
        operations.put(Operation.LIST_PARTICIPANTS, participants::list);
        operations.put(Operation.ADD_PARTICIPANTS, participants::add);
        operations.put(Operation.REMOVE_PARTICIPANT, participants::remove);
    }

    private void bind(ReceiptOperations receipts) {
        operations.put(Operation.SEND_READ_RECEIPT, receipts::send);
        operations.put(Operation.LIST_READ_RECEIPTS, receipts::list);
        operations.put(Operation.SEND_TYPING, receipts::typing);
    }

    private void bind(IdentityOperations identities) {
        operations.put(Operation.CREATE_IDENTITY, identities::create);
        operations.put(Operation.GET_IDENTITY, identities::get);
        operations.put(Operation.DELETE_IDENTITY, identities::delete);
        operations.put(Operation.ISSUE_TOKEN, identities::issue);
        operations.put(Operation.REVOKE_TOKENS, identities::revoke);
        operations.put(Operation.EXCHANGE_TEAMS_TOKEN, identities::exchange);
    }

    /** @param user for the access log; empty if the request is not authenticated */
    record Outcome(Reply reply, String user) {}

    /**
     * Handles a request. Never throws.
     *
     * @param now the service's time, including the clock fault
     * @param realNow real time
     */
    Outcome process(Request request, long now, long realNow) {
        String user = "";
        try {
            expire(now);
            Authenticator.Caller caller = authenticator.authenticate(request, now);
            user = caller.user();
            if (limits != null) {
                limits.charge(request.target().operation(), user, rateSubject(request), realNow);
            }
            return new Outcome(perform(request, caller, now), user);
        } catch (ApiError e) {
            return new Outcome(ErrorForm.of(request).reply(e), user);
        } catch (RuntimeException e) {
            LOG.error("{} failed", request.target().operation().label(), e);
            return new Outcome(ErrorForm.of(request).reply(ApiError.unavailable("The service failed.")), user);
        }
    }

    /** Delay of the response beside the faults, in milliseconds. Any thread. */
    long serviceMs(Operation operation) {
        return realism.serviceMs(operation);
    }

    /** To be called when changes to the tables were lost. */
    void reverted() {
        expiry.reverted();
    }

    void expire(long now) {
        expiry.run(now, expired);
    }

    private Reply perform(Request request, Authenticator.Caller caller, long now) {
        Operation operation = request.target().operation();
        Query query = new Query(request.query());
        String apiVersion = apiVersion(query);
        Scope scope = operation.scope();
        if (scope != null && !scope.reachedBy(caller.scopes())) {
            throw ApiError.forbidden("The access token's scope does not allow this operation.");
        }
        PathIds.check(request.target());
        checkContentType(request);
        Call call = new Call(
                operation,
                caller.user(),
                Objects.requireNonNullElse(request.target().thread(), ""),
                Objects.requireNonNullElse(request.target().item(), ""),
                query,
                BodyFields.parse(request.body()),
                request.base(),
                apiVersion,
                request.headers().get("repeatability-request-id"),
                new ResponseJson(apiVersion, fractionDigits),
                now);
        return Objects.requireNonNull(operations.get(operation)).apply(call);
    }

    private static String apiVersion(Query query) {
        String given = query.text("api-version");
        if (given == null || !API_VERSION.matcher(given).matches()) {
            throw ApiError.badField("api-version", given == null ? "missing" : Text.shown(given), "like 2025-03-15");
        }
        return given;
    }

    private static void checkContentType(Request request) {
        String type = request.headers().get("Content-Type");
        if (request.body().length == 0 || type == null) {
            return;
        }
        String media = type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
        if (!media.equals("application/json") && !media.equals("application/merge-patch+json")) {
            throw ApiError.of(415, "Content-Type: " + Text.shown(media) + " (expected: application/json)");
        }
    }

    /** Creating an identity with a token has a window of its own. */
    private static String rateSubject(Request request) {
        if (request.target().operation() != Operation.CREATE_IDENTITY) {
            return Objects.requireNonNullElse(request.target().thread(), "");
        }
        try {
            JsonNode body = Json.MAPPER.readTree(request.body());
            return body.path("createTokenWithScopes").isEmpty() ? "" : "withToken";
        } catch (IOException e) {
            return "";
        }
    }
}
