package dev.chatgateway.embedded.request;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Formats and parses RFC 3339 times; also parses the US form that the service's next links contain. */
public final class Timestamps {
    /** The start time in next links if the request has none. */
    public static final String EPOCH_IN_LINKS = "1/1/1970 12:00:00 AM +00:00";

    private static final DateTimeFormatter US = DateTimeFormatter.ofPattern("M/d/yyyy h:mm:ss a xxx", Locale.US);
    private static final long LAST_MS =
            Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();

    private Timestamps() {}

    /** The form of chat responses, cut to 0 to 7 digits of a second. */
    public static String format(long epochMs, int fractionDigits) {
        String full = sevenDigits(Math.min(epochMs, LAST_MS));
        int point = full.indexOf('.');
        return full.substring(0, fractionDigits == 0 ? point : point + 1 + fractionDigits) + "Z";
    }

    private static String sevenDigits(long epochMs) {
        LocalDateTime t = LocalDateTime.ofEpochSecond(
                Math.floorDiv(epochMs, 1000), Math.floorMod(epochMs, 1000) * 1_000_000, ZoneOffset.UTC);
        StringBuilder s = new StringBuilder(34);
        pad(s, t.getYear(), 4).append('-');
        pad(s, t.getMonthValue(), 2).append('-');
        pad(s, t.getDayOfMonth(), 2).append('T');
        pad(s, t.getHour(), 2).append(':');
        pad(s, t.getMinute(), 2).append(':');
        pad(s, t.getSecond(), 2).append('.');
        return pad(s, t.getNano() / 100, 7).toString();
    }

    private static StringBuilder pad(StringBuilder s, int number, int width) {
        String digits = Integer.toString(number);
        for (int i = digits.length(); i < width; i++) {
            s.append('0');
        }
        return s.append(digits);
    }

    /**
     * Epoch milliseconds, rounded up, so that a bound never includes an earlier time. Times before 1970 count as 1970.
     *
     * @throws ApiError 400 that names the field
     */
    public static long parse(String field, String text) {
        // An unescaped plus sign of a query arrives as a space.
        String given = text.trim();
        try {
            return milliseconds(OffsetDateTime.parse(unescaped(given)));
        } catch (DateTimeException e) {
            try {
                return milliseconds(OffsetDateTime.parse(given, US));
            } catch (DateTimeException notUs) {
                throw ApiError.badField(field, Text.shown(text), "a time like 2026-01-31T12:00:00Z");
            }
        }
    }

    private static String unescaped(String given) {
        int space = given.lastIndexOf(' ');
        return space == given.length() - 6 && space > 0
                ? given.substring(0, space) + "+" + given.substring(space + 1)
                : given;
    }

    private static long milliseconds(OffsetDateTime time) {
        Instant instant = time.toInstant();
        if (instant.getEpochSecond() > LAST_MS / 1000) {
            throw new DateTimeException("beyond the year 9999");
        }
        if (instant.getEpochSecond() < 0) {
            return 0;
        }
        long floor = instant.toEpochMilli();
        return Math.min(LAST_MS, instant.getNano() % 1_000_000 == 0 ? floor : floor + 1);
    }
}
