package dev.chatgateway.embedded.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.embedded.TestService;
import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.store.Rows.Setting;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The database file on a disk that has no space left, and has again. */
@Timeout(60)
class DiskStoreIT {
    @TempDir
    Path data;

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final AtomicInteger reverted = new AtomicInteger();
    private Store store;
    private Table<Setting> table;

    @BeforeEach
    void open() throws Exception {
        FullDisk.register();
        FullDisk.full(false);
        store = DiskStore.open(vertx, data, FullDisk.SCHEME);
        table = store.table("settings", Setting.class);
        store.onReverted(reverted::incrementAndGet);
        write("first");
    }

    @AfterEach
    void close() throws Exception {
        FullDisk.full(false);
        await(store::close);
        TestService.await(vertx.close());
    }

    @Test
    void full_disk_refuses_changes_and_goes_on_reading() throws Exception {
        FullDisk.full(true);
        assertThatThrownBy(() -> write("refused")).hasMessageContaining("The storage cannot be written.");
        assertThat(store.failure()).get().asString().contains("chat.mv cannot be written");
        assertThat(read()).isEqualTo("first");
        assertThatThrownBy(() -> write("refused")).hasMessageContaining("The storage cannot be written.");
        assertThat(read()).isEqualTo("first");
        assertThat(reverted).hasPositiveValue();
    }

    @Test
    void work_that_changes_nothing_is_answered_on_a_full_disk() throws Exception {
        FullDisk.full(true);
        assertThatThrownBy(() -> write("refused")).isInstanceOf(ApiError.class);
        assertThat(await(() -> store.run(() -> table.get("key").value()))).isEqualTo("first");
    }

    @Test
    void changes_that_reading_makes_by_the_way_are_dropped_on_a_full_disk() throws Exception {
        FullDisk.full(true);
        assertThat(await(() -> store.read(() -> {
                    table.remove("key");
                    return "read";
                })))
                .isEqualTo("read");
        assertThat(read()).isEqualTo("first");
    }

    @Test
    void changes_come_back_with_the_space_and_are_durable() throws Exception {
        FullDisk.full(true);
        assertThatThrownBy(() -> write("refused")).isInstanceOf(ApiError.class);
        FullDisk.full(false);
        while (store.failure().isPresent()) {
            Thread.onSpinWait();
        }
        write("second");
        await(store::close);
        store = DiskStore.open(vertx, data, FullDisk.SCHEME);
        table = store.table("settings", Setting.class);
        assertThat(read()).isEqualTo("second");
    }

    private void write(String value) throws Exception {
        await(() -> store.run(() -> {
            table.put("key", new Setting(value));
            return value;
        }));
    }

    private String read() throws Exception {
        return await(() -> store.read(() -> table.get("key").value()));
    }

    private <T> T await(Supplier<Future<T>> call) throws Exception {
        Promise<T> done = Promise.promise();
        loop.runOnContext(turn -> call.get().onComplete(done));
        return done.future().await(20, TimeUnit.SECONDS);
    }
}
