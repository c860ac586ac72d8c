package dev.chatgateway.poll.diff;

import dev.chatgateway.event.ReadReceipt;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How far each participant has read. Marks only move forward; bounded by the participants, 20 at most. */
public final class ReceiptMarks {
    /** Made with the first mark: few silent threads have any. */
    private Map<String, ReadReceipt> marks = Collections.emptyMap();

    /** Takes a listing over and returns the marks that moved forward. */
    public List<ReadReceipt> moved(List<ReadReceipt> listed) {
        List<ReadReceipt> moved = new ArrayList<>();
        for (ReadReceipt receipt : listed) {
            ReadReceipt known = marks.get(receipt.readerId());
            if (known == null || arrival(receipt) > arrival(known)) {
                if (marks.isEmpty()) {
                    marks = new HashMap<>();
                }
                marks.put(receipt.readerId(), receipt);
                moved.add(receipt);
            }
        }
        return moved;
    }

    /** All marks. */
    public Collection<ReadReceipt> all() {
        return marks.values();
    }

    /** Hash of all marks. */
    public int hash() {
        return Hashes.receipts(marks.values());
    }

    private static long arrival(ReadReceipt receipt) {
        try {
            return Long.parseLong(receipt.messageId());
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
