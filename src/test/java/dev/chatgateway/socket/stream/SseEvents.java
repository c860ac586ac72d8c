package dev.chatgateway.socket.stream;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Parses the text of an event stream. */
final class SseEvents {
    private SseEvents() {}

    /**
     * One event.
     *
     * @param id cursor; empty if the event has none
     */
    record Event(String id, String event, JsonNode data) {}

    /** The complete events of the text. Comments and {@code retry} are skipped; other fields fail. */
    static List<Event> parse(String text) {
        List<Event> events = new ArrayList<>();
        String id = "";
        String name = "";
        String data = "";
        for (String line : text.split("\n", -1)) {
            if (line.isEmpty()) {
                if (!data.isEmpty()) {
                    events.add(new Event(id, name, OpenApi.json(data)));
                }
                id = "";
                name = "";
                data = "";
            } else if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                name = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data = line.substring(6);
            } else if (!line.startsWith(":") && !line.startsWith("retry: ")) {
                throw new AssertionError("unknown line: " + line);
            }
        }
        return events;
    }
}
