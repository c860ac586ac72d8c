package dev.chatgateway.embedded;

/** Absolute links (specification 1.4 and 1.5): nextLink has the raw thread id, Location has {@code %3A} for the colon. */
final class Links {
    private Links() {}

    static String threadLocation(String thread) {
        return "/chat/threads/" + thread.replace(":", "%3A");
    }

    static String messageLocation(String thread, long message) {
        return threadLocation(thread) + "/messages/" + message;
    }

    static String nextByCursor(Call call, String path, String cursor, int size) {
        String start = call.query().text("startTime");
        return call.base() + path + "?syncState=" + cursor + "&startTime="
                + Text.encoded(start == null || start.isEmpty() ? Timestamps.EPOCH_IN_LINKS : start)
                + "&maxPageSize=" + size + "&api-version=" + call.apiVersion();
    }

    static String nextByOffset(Call call, String path, int size) {
        long skip = (long) call.query().skip() + size;
        return call.base() + path + "?skip=" + Math.min(skip, Integer.MAX_VALUE) + "&maxPageSize=" + size
                + "&api-version=" + call.apiVersion();
    }
}
