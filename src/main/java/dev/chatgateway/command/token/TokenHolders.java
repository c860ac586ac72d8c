package dev.chatgateway.command.token;

import dev.chatgateway.event.UserToken;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Which connections of the node use which token: if the service refuses the token, all of them are closed. One entry a
 * connection at most. Any thread.
 */
final class TokenHolders {
    private final ConcurrentHashMap<UserToken, List<ProvenTokens.Holder>> holders = new ConcurrentHashMap<>();

    void add(UserToken token, ProvenTokens.Holder holder) {
        holders.merge(token, List.of(holder), (before, one) -> Stream.concat(before.stream(), one.stream())
                .toList());
    }

    void remove(UserToken token, ProvenTokens.Holder holder) {
        holders.computeIfPresent(token, (key, before) -> {
            List<ProvenTokens.Holder> others =
                    before.stream().filter(other -> !other.equals(holder)).toList();
            return others.isEmpty() ? null : others;
        });
    }

    /** Whether any connection acts with the token. */
    boolean hold(UserToken token) {
        return holders.containsKey(token);
    }

    /** Tells every connection that acts with the token that the service refuses it. */
    void refused(UserToken token) {
        holders.getOrDefault(token, List.of()).forEach(holder -> holder.refused(token));
    }
}
