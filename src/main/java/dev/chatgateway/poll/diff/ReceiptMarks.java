package dev.chatgateway.poll.diff;

import dev.chatgateway.event.ReadReceipt;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The newest read receipt of each participant. A receipt for an older message never replaces one for a newer message.
 * Bounded by the participants, as the service keeps receipts only for threads of at most 20.
 */
public final class ReceiptMarks {
    /** The map is created with the first receipt, as most idle threads have none. */
    private Map<String, ReadReceipt> receipts = Collections.emptyMap();
    /** The receipts as an immutable list; null until it is asked for, and after a change. */
    private @Nullable List<ReadReceipt> list;

    /** Applies a listing; returns the receipts that are new or advanced. */
    public List<ReadReceipt> apply(List<ReadReceipt> listed) {
        List<ReadReceipt> advanced = new ArrayList<>();
        for (ReadReceipt receipt : listed) {
            ReadReceipt known = receipts.get(receipt.readerId());
            if (known == null || receipt.messageArrivedAt() > known.messageArrivedAt()) {
                if (receipts.isEmpty()) {
                    receipts = new HashMap<>();
                }
                receipts.put(receipt.readerId(), receipt);
                list = null;
                advanced.add(receipt);
            }
        }
        return advanced;
    }

    public Collection<ReadReceipt> all() {
        return receipts.values();
    }

    /** All receipts in the order of the readers' ids. Immutable; the same object until a receipt changes. */
    public List<ReadReceipt> list() {
        List<ReadReceipt> made = list;
        if (made == null) {
            made = receipts.values().stream()
                    .sorted(Comparator.comparing(ReadReceipt::readerId))
                    .toList();
            list = made;
        }
        return made;
    }

    public int hash() {
        return Hashes.receipts(receipts.values());
    }
}
