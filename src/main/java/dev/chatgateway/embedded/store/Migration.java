package dev.chatgateway.embedded.store;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Migrates the database of an earlier build. A build without the index by version writes the row of a thread without
 * {@link Rows.ChatThread#indexed}, so the rows show which threads such a build has created or changed.
 */
public final class Migration {
    private static final Logger LOG = LoggerFactory.getLogger(Migration.class);

    private Migration() {}

    /** Builds the index by version of each thread whose index is missing or outdated. */
    public static void run(Tables tables) {
        List<Rows.ChatThread> outdated = new ArrayList<>();
        Iterator<Rows.ChatThread> threads = tables.threads().ascending("", Tables.LAST);
        while (threads.hasNext()) {
            Rows.ChatThread thread = threads.next();
            if (!thread.indexed()) {
                outdated.add(thread);
            }
        }
        Messages messages = new Messages(tables);
        for (Rows.ChatThread thread : outdated) {
            messages.rebuildIndex(thread.id());
            tables.threads().put(thread.id(), thread.migrated());
        }
        if (!outdated.isEmpty()) {
            LOG.info("index of messages by version built for {} threads of an earlier build", outdated.size());
        }
    }
}
