package dev.chatgateway.socket;

import dev.chatgateway.command.ProvenTokens;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.SocketMetrics;
import dev.chatgateway.protocol.Params;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.protocol.TicketCodec;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a client shows to be let in: its token, and perhaps a ticket that saves asking the service about it. */
final class Credentials {
    /** Characters of a token or ticket at most. */
    static final int LENGTH = 8192;

    private final ProvenTokens tokens;
    private final TicketCodec tickets;
    private final Clock clock;
    private final SocketMetrics metrics;
    private final String address;

    /** @param address of the client: it pays for tokens until the service has accepted them */
    Credentials(Services services, String address) {
        tokens = services.tokens();
        tickets = services.tickets();
        clock = services.clock();
        metrics = services.metrics().sockets();
        this.address = address;
    }

    /** What {@code authenticate} brings, not believed. */
    record Shown(String token, @Nullable String ticket) {}

    /** Reads the method's parameters. */
    static Shown shown(Params params) {
        String token = params.string("token", 1, LENGTH);
        String ticket = params.optionalString("ticket", 0, LENGTH).orElse(null);
        params.finish();
        return new Shown(token, ticket);
    }

    /** Reads a token without believing it; what is none is refused with 401. */
    static UserToken read(String text) {
        try {
            return UserToken.parse(text);
        } catch (IllegalArgumentException e) {
            throw RpcError.unauthorized(String.valueOf(e.getMessage()));
        }
    }

    /** When the service accepted the token: before, as a ticket says, or now, as it is asked. */
    Future<Instant> proof(UserToken token, @Nullable String ticket) {
        Instant now = clock.instant();
        Optional<Instant> before = ticket == null || !token.expiresOn().isAfter(now)
                ? Optional.empty()
                : tickets.provenAt(ticket, token.secret(), now);
        long begun = System.nanoTime();
        return before.map(Future::succeededFuture)
                .orElseGet(() -> tokens.prove(token, address))
                .onComplete(proof -> metrics.authenticated(
                        proof.succeeded(),
                        System.nanoTime() - begun,
                        Duration.between(now, token.expiresOn()).toMillis()));
    }

    /**
     * Has the token in force accepted once more; fails only if it is refused, not if the service is away. Says whether
     * that ended a doubt. An answer about a token that was replaced meanwhile counts for nothing.
     */
    Future<Boolean> again(Identity who) {
        UserToken token = who.token();
        return tokens.again(token)
                .map(at -> who.token().equals(token) && who.proven(at.toEpochMilli()))
                .recover(failure -> {
                    boolean refused = failure instanceof RpcError error
                            && error.code() == 401
                            && who.token().equals(token);
                    return refused ? Future.failedFuture(failure) : Future.succeededFuture(false);
                });
    }

    /** A ticket for the next connection with this token. */
    String ticket(UserToken token, Instant provenAt) {
        return tickets.issue(token.secret(), provenAt, clock.instant());
    }
}
