package dev.chatgateway.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.embedded.faults.FaultSwitches;
import dev.chatgateway.embedded.http.EmbeddedOptions;
import dev.chatgateway.tls.DevelopmentCertificates;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Start, close, and the messages of a failed start. */
class StartIT {
    @TempDir
    Path data;

    private Vertx vertx;
    private DevelopmentCertificates certificates;

    @BeforeEach
    void prepare() throws IOException {
        vertx = Vertx.vertx();
        certificates = DevelopmentCertificates.loadOrCreate(data, List.of());
    }

    @AfterEach
    void end() {
        TestService.await(vertx.close());
    }

    private EmbeddedOptions options(int port, String accessKey, Path storage, Path certificate) {
        return new EmbeddedOptions(
                "127.0.0.1",
                port,
                null,
                null,
                storage,
                accessKey,
                false,
                FaultSwitches.none(),
                data,
                certificate,
                certificates.key());
    }

    private EmbeddedService service(int port, String accessKey, Path storage, Path certificate) {
        return new EmbeddedService(vertx, options(port, accessKey, storage, certificate), Clock.systemUTC());
    }

    private static void fails(EmbeddedService service, String... words) {
        assertThatThrownBy(() -> TestService.await(service.start()))
                .cause()
                .satisfies(
                        cause -> assertThat(cause.getMessage()).contains(words).doesNotContain("\n"));
        TestService.await(service.close());
    }

    @Test
    void access_key_is_created_once_with_mode_0600() throws IOException {
        EmbeddedService first = service(0, null, null, certificates.certificate());
        String connection = TestService.await(first.start()).connectionString();
        TestService.await(first.close());
        EmbeddedService second = service(0, null, null, certificates.certificate());
        String again = TestService.await(second.start()).connectionString();
        TestService.await(second.close());

        assertThat(connection).matches("endpoint=https://localhost:\\d+/;accesskey=[A-Za-z0-9+/]{86}==");
        assertThat(again.substring(again.indexOf(';'))).isEqualTo(connection.substring(connection.indexOf(';')));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("embedded.key"))))
                .isEqualTo("rw-------");
    }

    @Test
    void port_in_use_is_reported_in_one_line() {
        EmbeddedService first = service(0, null, null, certificates.certificate());
        int port = URI.create(TestService.await(first.start()).endpoint()).getPort();

        fails(service(port, null, null, certificates.certificate()), "embedded.port", "127.0.0.1:" + port);

        TestService.await(first.close());
        EmbeddedService free = service(port, null, null, certificates.certificate());
        assertThat(TestService.await(free.start()).endpoint()).isEqualTo("https://localhost:" + port);
        TestService.await(free.close());
    }

    @Test
    void unreadable_file_is_named_at_start() throws IOException {
        fails(service(0, null, null, data.resolve("none.pem")), data.resolve("none.pem") + " cannot be read");
        fails(service(0, "not base64!", null, certificates.certificate()), "embedded.accessKey");
        Path file = Files.writeString(data.resolve("file"), "x");
        fails(service(0, null, file, certificates.certificate()), "embedded.storage", file.toString());
        Path garbage = Files.writeString(data.resolve("garbage.pem"), "x");
        fails(service(0, null, null, garbage), "embedded.port", "cannot be opened");
        Files.writeString(data.resolve("embedded.key"), "short");
        fails(
                service(0, null, null, certificates.certificate()),
                data.resolve("embedded.key").toString());
    }

    @Test
    void two_services_cannot_share_a_database() {
        Path storage = data.resolve("db");
        EmbeddedService first = service(0, null, storage, certificates.certificate());
        TestService.await(first.start());

        fails(service(0, null, storage, certificates.certificate()), "embedded.storage", "chat.mv");

        TestService.await(first.close());
        EmbeddedService next = service(0, null, storage, certificates.certificate());
        TestService.await(next.start());
        TestService.await(next.close());
    }

    @Test
    void http_2_is_offered_over_tls() throws Exception {
        TestService service = TestService.start(vertx, data, Clock.systemUTC(), false, null);
        TestService.User user = service.user();
        HttpClient client = TestService.client(certificates);
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(service.uri("/chat/threads"))
                        .version(HttpClient.Version.HTTP_2)
                        .header("Authorization", "Bearer " + user.token())
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(response.statusCode()).isEqualTo(200);
        service.close();
    }

    @Test
    void secrets_are_not_in_texts() {
        EmbeddedService service = service(0, TestService.KEY, null, certificates.certificate());
        EmbeddedService.Started started = TestService.await(service.start());
        assertThat(started.toString()).doesNotContain(TestService.KEY);
        assertThat(options(0, TestService.KEY, null, certificates.certificate()).toString())
                .doesNotContain(TestService.KEY);
        TestService.await(service.close());
    }
}
