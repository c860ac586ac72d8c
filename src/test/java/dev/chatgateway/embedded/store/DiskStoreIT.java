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

/** The database file on a full disk, and when it has space again. */
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
    void full_disk_refuses_changes_and_still_reads() throws Exception {
        FullDisk.full(true);
        assertThatThrownBy(() -> write("refused")).hasMessageContaining("The storage cannot be written.");
        assertThat(store.failure()).get().asString().contains("chat.mv cannot be written");
        assertThat(read()).isEqualTo("first");
        assertThatThrownBy(() -> write("refused")).hasMessageContaining("The storage cannot be written.");
        assertThat(read()).isEqualTo("first");
        assertThat(reverted).hasPositiveValue();
    }

    @Test
    void reading_work_succeeds_on_a_full_disk() throws Exception {
        FullDisk.full(true);
        assertThatThrownBy(() -> write("refused")).isInstanceOf(ApiError.class);
        assertThat(await(() -> store.run(() -> table.get("key").value()))).isEqualTo("first");
    }

    @Test
    void changes_of_reading_work_are_dropped_on_a_full_disk() throws Exception {
        FullDisk.full(true);
        assertThat(await(() -> store.read(() -> {
                    table.remove("key");
                    return "read";
                })))
                .isEqualTo("read");
        assertThat(read()).isEqualTo("first");
    }

    @Test
    void changes_succeed_again_once_the_disk_has_space() throws Exception {
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
