package dev.chatgateway.embedded.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chatgateway.embedded.TestService;
import dev.chatgateway.embedded.TestService.User;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.StringDataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database file of a build without the index by version. */
class MigrationIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path data;

    private static List<String> ids(TestService service, User user, String thread) {
        List<String> ids = new ArrayList<>();
        service.get(user, "/chat/threads/" + thread + "/messages?maxPageSize=200")
                .json()
                .path("value")
                .forEach(m -> ids.add(m.path("id").asText()));
        return ids;
    }

    private static MVMap<String, byte[]> map(MVStore store, String name) {
        return store.openMap(
                name,
                new MVMap.Builder<String, byte[]>()
                        .keyType(StringDataType.INSTANCE)
                        .valueType(ByteArrayDataType.INSTANCE));
    }

    /** Removes the rows that such a build did not write. */
    private void makeOld() throws IOException {
        try (MVStore store = MVStore.open(data.resolve("db").resolve("chat.mv").toString())) {
            store.removeMap("changes");
            MVMap<String, byte[]> threads = map(store, "threads");
            for (String key : List.copyOf(threads.keySet())) {
                ObjectNode row = (ObjectNode) JSON.readTree(threads.get(key));
                assertThat(row.remove("indexed")).isNotNull();
                threads.put(key, JSON.writeValueAsBytes(row));
            }
            store.commit();
        }
    }

    @Test
    void file_without_index_opens_and_lists_by_version() throws IOException {
        Vertx vertx = Vertx.vertx();
        try {
            User alice;
            String thread;
            String first;
            List<String> before;
            try (TestService service = TestService.start(vertx, data, Clock.systemUTC(), false, data.resolve("db"))) {
                alice = service.user();
                thread = service.thread(alice);
                first = service.message(alice, thread, "1");
                service.message(alice, thread, "2");
                service.call(alice, "PATCH", "/chat/threads/" + thread + "/messages/" + first, "{\"content\":\"x\"}");
                before = ids(service, alice, thread);
            }
            makeOld();
            try (TestService service = TestService.start(vertx, data, Clock.systemUTC(), false, data.resolve("db"))) {
                assertThat(ids(service, alice, thread)).isEqualTo(before).startsWith(first);
                String third = service.message(alice, thread, "3");
                assertThat(ids(service, alice, thread)).startsWith(third, first);
            }
        } finally {
            TestService.await(vertx.close());
        }
    }
}
