package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.TestAuthority;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code https.clientAuthority}: only who shows a certificate of it gets in. */
class MutualTlsIT {
    private static final TestAuthority SERVERS = new TestAuthority("servers");
    private static final TestAuthority CLIENTS = new TestAuthority("clients");
    private static final X509Bundle SERVER = SERVERS.server();

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("https.certificate", file("server.pem", SERVER.getCertificatePathPEM()))
            .with("https.key", file("server.key", SERVER.getPrivateKeyPEM()))
            .with("https.clientAuthority", file("clients.pem", CLIENTS.pem()));

    @Test
    void certificate_of_the_authority_is_accepted() throws Exception {
        assertThat(get(CLIENTS.client())).isEqualTo(200);
    }

    @Test
    void missing_certificate_is_refused() {
        assertThatThrownBy(() -> get(null)).isInstanceOf(IOException.class);
    }

    @Test
    void certificate_of_another_authority_is_refused() {
        assertThatThrownBy(() -> get(new TestAuthority("clients").client())).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> get(SERVER)).isInstanceOf(IOException.class);
    }

    private static int get(X509Bundle shown) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(GATEWAY.endpoints().https().resolve("/page.json"))
                .timeout(Duration.ofSeconds(20))
                .build();
        return HttpClient.newBuilder()
                .sslContext(SERVERS.context(shown))
                .build()
                .send(request, HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static String file(String name, String text) {
        try {
            Path directory = Files.createTempDirectory("mutual");
            return Files.writeString(directory.resolve(name), text).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
