package dev.chatgateway.upstream.client;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.upstream.FakeIdentityService;
import dev.chatgateway.upstream.client.IdentityClient.IdentityException;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityClientTest {
    private final Vertx vertx = Vertx.vertx();

    @TempDir
    private Path directory;

    private Path ca;
    private FakeIdentityService service;

    @BeforeEach
    void start() throws Exception {
        X509Bundle certificate = new CertificateBuilder()
                .subject("CN=localhost")
                .addSanIpAddress("127.0.0.1")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        ca = Files.writeString(directory.resolve("ca.pem"), certificate.getCertificatePEM());
        HttpServerOptions https = new HttpServerOptions()
                .setSsl(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .addCertValue(Buffer.buffer(certificate.getCertificatePEM()))
                        .addKeyValue(Buffer.buffer(certificate.getPrivateKeyPEM())));
        service = await(FakeIdentityService.start(vertx, https));
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    @Test
    void signed_requests_create_users_and_issue_tokens() throws Exception {
        try (IdentityClient client = client(service.endpoint(), FakeIdentityService.KEY, Optional.of(ca))) {
            String user = await(client.createUser());
            assertThat(user).isEqualTo("8:acs:fake_0");
            IdentityClient.IssuedToken issued = await(client.issueToken(user));
            assertThat(issued.token()).isEqualTo("token-of-8:acs:fake_0");
            assertThat(issued.expiresOn()).isEqualTo("2026-11-21T07:59:25.9595888Z");
            assertThat(issued.toString()).doesNotContain("token-of");
        }
    }

    @Test
    void a_refusal_tells_its_status() {
        try (IdentityClient client = client(service.endpoint(), FakeIdentityService.KEY, Optional.of(ca))) {
            assertThatThrownBy(() -> await(client.issueToken("8:acs:stranger")))
                    .rootCause()
                    .isInstanceOfSatisfying(IdentityException.class, refused -> assertThat(refused.status())
                            .isEqualTo(404));
        }
    }

    @Test
    void a_wrong_key_is_refused() {
        String other = Base64.getEncoder().encodeToString(new byte[32]);
        try (IdentityClient client = client(service.endpoint(), other, Optional.of(ca))) {
            assertThatThrownBy(() -> await(client.createUser()))
                    .rootCause()
                    .isInstanceOfSatisfying(IdentityException.class, refused -> assertThat(refused.status())
                            .isEqualTo(401));
        }
    }

    @Test
    void certificate_of_an_unknown_authority_is_refused() {
        try (IdentityClient client = client(service.endpoint(), FakeIdentityService.KEY, Optional.empty())) {
            assertThatThrownBy(() -> await(client.createUser())).rootCause().hasMessageContaining("certification path");
        }
    }

    private IdentityClient client(URI endpoint, String key, Optional<Path> authorities) {
        return new IdentityClient(
                vertx,
                endpoint,
                key,
                TrustedAuthorities.with(authorities.stream().toList()));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, SECONDS);
    }
}
