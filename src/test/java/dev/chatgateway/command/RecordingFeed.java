package dev.chatgateway.command;

import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.UserToken;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A thread feed that records the calls of commands. */
final class RecordingFeed implements ThreadFeed {
    final List<Poke> pokes = new CopyOnWriteArrayList<>();
    final List<String> typing = new CopyOnWriteArrayList<>();

    @Override
    public Future<Watched> watch(Watch watch) {
        return Future.failedFuture(new UnsupportedOperationException());
    }

    @Override
    public void unwatch(String threadId, String subscriberId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Boolean> sees(String threadId, String subscriberId, String messageId, long version) {
        return Future.failedFuture(new UnsupportedOperationException());
    }

    @Override
    public void replaceToken(String subscriberId, UserToken token) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void poke(Poke poke) {
        pokes.add(poke);
    }

    @Override
    public void typing(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        typing.add(threadId + " " + senderId + " " + senderDisplayName);
    }

    @Override
    public void typingThrottled(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        typing.add("throttled " + threadId + " " + senderId + " " + senderDisplayName);
    }
}
