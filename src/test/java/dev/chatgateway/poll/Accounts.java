package dev.chatgateway.poll;

import dev.chatgateway.cluster.Cluster;
import dev.chatgateway.replication.Place;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.quota.Lending;
import dev.chatgateway.upstream.quota.RateLedger;
import dev.chatgateway.upstream.quota.RateWindows;
import dev.chatgateway.upstream.quota.ThreadShares;
import java.util.function.LongSupplier;

/** A node's account of the published windows, and which of them other nodes use too. */
public record Accounts(RateLedger ledger, ThreadShares shares, LongSupplier millis) {
    public static Accounts of(LongSupplier millis) {
        ThreadShares shares = new ThreadShares(millis);
        return new Accounts(new RateLedger(RateWindows.published(), 200, shares), shares, millis);
    }

    public Place place(Cluster cluster) {
        return new Place(cluster, shares, new Lending(ledger, millis));
    }

    /** Makes a call, if the node's own part has room for it now. */
    public boolean pays(ChatCall call) {
        if (ledger.admit(call, millis.getAsLong(), 0) instanceof RateLedger.Admission.Granted granted) {
            ledger.settled(granted.permit(), true, millis.getAsLong());
            return true;
        }
        return false;
    }
}
