package dev.chatgateway.bench;

import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.UserToken;
import io.vertx.core.Future;
import java.time.Instant;

/** A poller that has nothing to tell. */
public final class IdleFeed implements ThreadFeed {
    @Override
    public Future<Watched> watch(Watch watch) {
        return Future.failedFuture("not measured");
    }

    @Override
    public void unwatch(String threadId, String subscriberId) {}

    @Override
    public Future<Boolean> sees(String threadId, String subscriberId, String messageId, long version) {
        return Future.succeededFuture(true);
    }

    @Override
    public void replaceToken(String subscriberId, UserToken token) {}

    @Override
    public void poke(Poke poke) {}

    @Override
    public void typing(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {}

    @Override
    public void typingThrottled(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {}
}
