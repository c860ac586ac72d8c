package dev.chatgateway.command.token;

import dev.chatgateway.event.UserToken;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The connections of this node by the token that they use; at most one entry a connection. Any thread. */
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

    /** Whether any connection uses the token. */
    boolean hold(UserToken token) {
        return holders.containsKey(token);
    }

    /** Reports the refusal of a token to each connection that uses it. */
    void refused(UserToken token) {
        holders.getOrDefault(token, List.of()).forEach(holder -> holder.refused(token));
    }
}
