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

/** Proves the token of a client, by a ticket or by asking the service. Owned by the event loop of the connection. */
final class Credentials {
    /** Length of a token or a ticket at most, in characters. */
    static final int MAX_LENGTH = 8192;

    private final ProvenTokens tokens;
    private final TicketCodec tickets;
    private final Clock clock;
    private final SocketMetrics metrics;
    private final String address;
    private boolean refused;

    /** @param address client address, whose bucket is charged until the service has accepted the token */
    Credentials(SocketContext socketContext, String address) {
        tokens = socketContext.tokens();
        tickets = socketContext.tickets();
        clock = socketContext.clock();
        metrics = socketContext.metrics().sockets();
        this.address = address;
    }

    /** Parameters of {@code authenticate}, unverified. */
    record Presented(String token, @Nullable String ticket) {}

    /** Parses the parameters of {@code authenticate}. Fails with an {@link RpcError} if they are invalid. */
    static Future<Presented> parse(RpcRequest request) {
        Params params = new Params(request.params());
        try {
            String token = params.string("token", 1, MAX_LENGTH);
            String ticket = params.optionalString("ticket", 0, MAX_LENGTH).orElse(null);
            params.finish();
            return Future.succeededFuture(new Presented(token, ticket));
        } catch (RpcError refused) {
            return Future.failedFuture(refused);
        }
    }

    /** Parses a token without verifying it. Throws an {@link RpcError} with code 401 if it is malformed. */
    static UserToken parseToken(String text) {
        try {
            return UserToken.parse(text);
        } catch (IllegalArgumentException e) {
            throw RpcError.unauthorized(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Returns when the service has accepted the token: earlier, according to the ticket, or now. Fails with an {@link
     * RpcError}: 401 if the token is refused, 503 if the service does not answer in time.
     */
    Future<Instant> prove(UserToken token, @Nullable String ticket) {
        Instant now = clock.instant();
        long startNanos = System.nanoTime();
        return provenByTicket(token, ticket, now)
                .map(Future::succeededFuture)
                .orElseGet(() -> askService(token, ticket))
                .onComplete(proof -> metrics.authenticated(
                        proof.succeeded(),
                        System.nanoTime() - startNanos,
                        Duration.between(now, token.expiresOn()).toMillis()));
    }

    /** A ticket proves nothing once the service has refused the token. */
    private Optional<Instant> provenByTicket(UserToken token, @Nullable String ticket, Instant now) {
        return ticket == null || !token.expiresOn().isAfter(now) || tokens.doubted(token)
                ? Optional.empty()
                : tickets.provenAt(ticket, token.secret(), now);
    }

    /** A client that has a ticket for the token, even an expired one, is not charged to the bucket of its address. */
    private Future<Instant> askService(UserToken token, @Nullable String ticket) {
        boolean known = ticket != null && tickets.vouches(ticket, token.secret());
        return tokens.prove(token, known ? null : address, refused)
                .onFailure(failure -> refused |= failure instanceof RpcError error && error.code() == 401);
    }

    /**
     * Asks the service whether it still accepts the token in force. A refusal is handled by {@link ProvenTokens}. A
     * reply for a token that was replaced meanwhile is ignored.
     *
     * @return true if delivery was paused because the proof was too old, and may go on now
     */
    Future<Boolean> renewProof(Identity identity) {
        UserToken token = identity.token();
        return tokens.again(token)
                .map(at -> identity.token().equals(token) && identity.proofRenewed(at.toEpochMilli()))
                .otherwise(false);
    }

    /**
     * Registers the holder of a token, which is called if the service refuses the token.
     *
     * @param previous token that the holder was registered for until now
     */
    void setHolder(UserToken token, @Nullable UserToken previous, ProvenTokens.Holder holder) {
        if (previous != null) {
            // Removed first: it may be the same token.
            tokens.release(previous, holder);
        }
        tokens.hold(token, holder);
    }

    /** Removes the holder of a token. */
    void removeHolder(UserToken token, ProvenTokens.Holder holder) {
        tokens.release(token, holder);
    }

    /** Issues a ticket for the next connection with this token. */
    String issueTicket(UserToken token, Instant provenAt) {
        return tickets.issue(token.secret(), provenAt, clock.instant());
    }
}
