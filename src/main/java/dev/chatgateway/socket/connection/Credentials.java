package dev.chatgateway.socket.connection;

import dev.chatgateway.command.token.ProvenTokens;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.SocketMetrics;
import dev.chatgateway.protocol.Params;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.protocol.RpcRequest;
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
    private boolean refused;

    /** @param address of the client: it pays for tokens until the service has accepted them */
    Credentials(SocketContext services, String address) {
        tokens = services.tokens();
        tickets = services.tickets();
        clock = services.clock();
        metrics = services.metrics().sockets();
        this.address = address;
    }

    /** What {@code authenticate} brings, not believed. */
    record Shown(String token, @Nullable String ticket) {}

    /** Reads the method's parameters; fails with an {@link RpcError} if they do not fit. */
    static Future<Shown> shown(RpcRequest request) {
        Params params = new Params(request.params());
        try {
            String token = params.string("token", 1, LENGTH);
            String ticket = params.optionalString("ticket", 0, LENGTH).orElse(null);
            params.finish();
            return Future.succeededFuture(new Shown(token, ticket));
        } catch (RpcError refused) {
            return Future.failedFuture(refused);
        }
    }

    /** Reads a token without believing it; what is none is refused with 401. */
    static UserToken read(String text) {
        try {
            return UserToken.parse(text);
        } catch (IllegalArgumentException e) {
            throw RpcError.unauthorized(String.valueOf(e.getMessage()));
        }
    }

    /**
     * When the service accepted the token: before, as a ticket says, or now, as it is asked. Fails with an {@link RpcError}:
     * 401 for a token that is refused, 503 if the service does not say so in time.
     */
    Future<Instant> proof(UserToken token, @Nullable String ticket) {
        Instant now = clock.instant();
        long begun = System.nanoTime();
        return ticketed(token, ticket, now)
                .map(Future::succeededFuture)
                .orElseGet(() -> asked(token, ticket))
                .onComplete(proof -> metrics.authenticated(
                        proof.succeeded(),
                        System.nanoTime() - begun,
                        Duration.between(now, token.expiresOn()).toMillis()));
    }

    /** A ticket counts for nothing once the service has refused the token. */
    private Optional<Instant> ticketed(UserToken token, @Nullable String ticket, Instant now) {
        return ticket == null || !token.expiresOn().isAfter(now) || tokens.doubted(token)
                ? Optional.empty()
                : tickets.provenAt(ticket, token.secret(), now);
    }

    /** A client with a ticket for the token, even an old one, does not pay from the bucket of its address. */
    private Future<Instant> asked(UserToken token, @Nullable String ticket) {
        boolean known = ticket != null && tickets.vouches(ticket, token.secret());
        return tokens.prove(token, known ? null : address, refused)
                .onFailure(failure -> refused |= failure instanceof RpcError error && error.code() == 401);
    }

    /**
     * Has the token in force accepted once more. Says whether that ended a doubt; not if the service refuses the token,
     * which is proved again then, or is away. An answer about a token that was replaced meanwhile counts for nothing.
     */
    Future<Boolean> again(Identity who) {
        UserToken token = who.token();
        return tokens.proveAgain(token)
                .map(at -> who.token().equals(token) && who.proven(at.toEpochMilli()))
                .otherwise(false);
    }

    /** From now on the holder is told when the service refuses the token, and no more of the one before. */
    void hold(UserToken token, @Nullable UserToken before, ProvenTokens.Holder holder) {
        if (before != null) {
            // First, as it may be the same token.
            tokens.release(before, holder);
        }
        tokens.hold(token, holder);
    }

    /** The holder is gone. */
    void release(UserToken token, ProvenTokens.Holder holder) {
        tokens.release(token, holder);
    }

    /** A ticket for the next connection with this token. */
    String ticket(UserToken token, Instant provenAt) {
        return tickets.issue(token.secret(), provenAt, clock.instant());
    }
}
