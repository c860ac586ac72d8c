package dev.chatgateway.embedded.store;

/**
 * The tables with their keys. Thread and user ids hold no {@code /}, so it can part the pieces of a key; numbers are
 * padded, so that keys sort like numbers.
 */
public record Tables(
        Table<Rows.Setting> settings,
        Table<Rows.Identity> identities,
        Table<Rows.CustomId> customIds,
        Table<Rows.ChatThread> threads,
        Table<Rows.Roster> rosters,
        Table<Rows.Former> formers,
        Table<Rows.Membership> memberships,
        Table<Rows.Message> messages,
        Table<Rows.Change> changes,
        Table<Rows.Receipts> receipts,
        Table<Rows.Replay> replays,
        Table<Rows.Due> dues) {

    /** Beyond every key of every table. */
    static final String LAST = "\uffff";

    public static Tables of(Store store) {
        return new Tables(
                store.table("settings", Rows.Setting.class),
                store.table("identities", Rows.Identity.class),
                store.table("customIds", Rows.CustomId.class),
                store.table("threads", Rows.ChatThread.class),
                store.table("rosters", Rows.Roster.class),
                store.table("formers", Rows.Former.class),
                store.table("memberships", Rows.Membership.class),
                store.table("messages", Rows.Message.class),
                store.table("changes", Rows.Change.class),
                store.table("receipts", Rows.Receipts.class),
                store.table("replays", Rows.Replay.class),
                store.table("dues", Rows.Due.class));
    }

    /** Key of one row under an owner. */
    public static String key(String owner, String rest) {
        return owner + "/" + rest;
    }

    /** Key of one row under an owner, ordered by number. */
    static String key(String owner, long number) {
        return owner + "/" + padded(number);
    }

    /** First key under an owner. */
    public static String first(String owner) {
        return owner + "/";
    }

    /** Beyond the last key under an owner: {@code 0} follows {@code /}. */
    public static String end(String owner) {
        return owner + "0";
    }

    /** Sixteen digits hold every millisecond up to the year 9999, and then some. */
    public static String padded(long number) {
        String digits = Long.toString(number);
        return "0".repeat(Math.max(0, 16 - digits.length())) + digits;
    }
}
