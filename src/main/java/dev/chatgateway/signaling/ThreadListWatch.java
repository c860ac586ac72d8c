package dev.chatgateway.signaling;

import dev.chatgateway.event.InboxFeed.InboxState;
import dev.chatgateway.event.InboxUpdate;
import dev.chatgateway.event.InboxUpdate.Move;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Subscriber;
import java.util.ArrayList;
import java.util.List;

/**
 * The watch of one user's thread list: reads it, again after a failure, and then follows its changes. Owned by the session's
 * event loop.
 */
final class ThreadListWatch implements InboxWatcher.Listener {
    private static final long RETRY_MS = 5_000;
    private static final int MOST_EARLY = 256;

    private final LoopContext loop;
    private final Owner owner;
    /** Changes that came before the list that they belong to. */
    private final List<InboxUpdate> early = new ArrayList<>(0);

    private long revision = -1;
    private int attempt;
    private boolean watching;

    ThreadListWatch(LoopContext loop, Owner owner) {
        this.loop = loop;
        this.owner = owner;
    }

    /** The session. */
    interface Owner extends Subscriber {
        String userId();

        UserToken token();

        void listed(InboxState state);

        void moved(Move move);
    }

    void start() {
        if (!watching) {
            watching = true;
            loop.inboxWatcher().add(this);
            read();
        }
    }

    void stop() {
        if (!watching) {
            return;
        }
        watching = false;
        attempt++;
        revision = -1;
        early.clear();
        loop.inboxWatcher().remove(this);
        loop.hub().dropList(owner);
    }

    private void read() {
        int mine = ++attempt;
        loop.hub().threads(owner, owner.token()).onComplete(result -> {
            if (mine != attempt) {
                return;
            }
            if (result.succeeded()) {
                listed(result.result());
            } else {
                loop.after(RETRY_MS, () -> {
                    if (mine == attempt) {
                        read();
                    }
                });
            }
        });
    }

    private void listed(InboxState state) {
        revision = state.revision();
        owner.listed(state);
        List<InboxUpdate> held = List.copyOf(early);
        early.clear();
        held.forEach(this::listChanged);
    }

    @Override
    public String userId() {
        return owner.userId();
    }

    @Override
    public void listChanged(InboxUpdate update) {
        if (revision >= 0) {
            if (update.revision() > revision) {
                update.moves().forEach(owner::moved);
            }
        } else if (early.size() < MOST_EARLY) {
            early.add(update);
        } else {
            // What is not kept is in a list that is read from now on.
            early.clear();
            read();
        }
    }
}
