package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.PercentCoding;
import dev.chatgateway.embedded.request.Query;
import dev.chatgateway.embedded.request.Timestamps;

/** Links: nextLink is absolute and has the raw thread id, Location has {@code %3A} in place of the colon. */
final class Links {
    private Links() {}

    static String threadLocation(String thread) {
        return "/chat/threads/" + thread.replace(":", "%3A");
    }

    static String messageLocation(String thread, long message) {
        return threadLocation(thread) + "/messages/" + message;
    }

    /** The thread list has its startTime in the page token, and a page size only if the request has one. */
    static String nextThreads(Call call, ThreadCursor cursor) {
        String requested = call.query().text("maxPageSize");
        return call.base() + "/chat/threads?syncState=" + cursor.encoded()
                + (requested == null ? "" : "&maxPageSize=" + call.query().pageSize(Query.DEFAULT_PAGE))
                + "&api-version=" + call.apiVersion();
    }

    static String nextMessages(Call call, String path, ChangeWindow cursor, int size) {
        String start = call.query().text("startTime");
        return call.base() + path + "?syncState=" + cursor.encoded() + "&startTime="
                + PercentCoding.encoded(start == null || start.isEmpty() ? Timestamps.EPOCH_IN_LINKS : start)
                + "&maxPageSize=" + size + "&api-version=" + call.apiVersion();
    }

    static String nextByOffset(Call call, String path, int size) {
        long skip = (long) call.query().skip() + size;
        return call.base() + path + "?skip=" + Math.min(skip, Integer.MAX_VALUE) + "&maxPageSize=" + size
                + "&api-version=" + call.apiVersion();
    }
}
