package dev.chatgateway.embedded.store;

/**
 * The tables and their keys. The parts of a key are separated by {@code /}, which no thread or user id contains; numbers
 * are padded, so that keys sort like numbers.
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

    /** Greater than every key. */
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

    /** Key of a row of an owner. */
    public static String key(String owner, String rest) {
        return owner + "/" + rest;
    }

    /** Key of a row of an owner, ordered by number. */
    static String key(String owner, long number) {
        return owner + "/" + padded(number);
    }

    /** Lower bound of an owner's keys. */
    public static String first(String owner) {
        return owner + "/";
    }

    /** Exclusive upper bound of an owner's keys: {@code 0} follows {@code /}. */
    public static String end(String owner) {
        return owner + "0";
    }

    /** Pads to sixteen digits, enough for milliseconds beyond the year 9999. */
    public static String padded(long number) {
        String digits = Long.toString(number);
        return "0".repeat(Math.max(0, 16 - digits.length())) + digits;
    }
}
