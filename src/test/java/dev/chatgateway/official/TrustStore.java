package dev.chatgateway.official;

import dev.chatgateway.tls.DevelopmentCertificates;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The development CA as the system trust store of this JVM, as a user sets it with {@code -Djavax.net.ssl.trustStore}. The JVM
 * reads the properties once, at the first TLS connection of a client: all services of a run must share this one CA.
 */
final class TrustStore {
    /** One for each JVM of the build, as two of them would create the CA at the same time. */
    private static final Path DATA_DIRECTORY = Path.of("target", "official", System.getProperty("test.fork", "fork0"));

    private TrustStore() {}

    /** The certificates for a server, with the properties set. The CA is kept between runs: making one takes long. */
    static DevelopmentCertificates install() throws IOException {
        DevelopmentCertificates certificates = DevelopmentCertificates.loadOrCreate(DATA_DIRECTORY, List.of());
        System.setProperty(
                "javax.net.ssl.trustStore",
                certificates.trustStore().toAbsolutePath().toString());
        System.setProperty("javax.net.ssl.trustStorePassword", DevelopmentCertificates.TRUST_STORE_PASSWORD);
        return certificates;
    }
}
