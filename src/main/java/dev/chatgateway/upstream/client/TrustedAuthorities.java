package dev.chatgateway.upstream.client;

import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The trusted certificate authorities.
 *
 * @param pemFiles files with certificate authorities
 * @param jvm whether the JVM's own authorities are trusted too; reading them takes a tenth of a second at the start
 */
public record TrustedAuthorities(List<Path> pemFiles, boolean jvm) {
    public TrustedAuthorities {
        pemFiles = List.copyOf(pemFiles);
    }

    /** The JVM's authorities and those of the files. */
    public static TrustedAuthorities with(List<Path> pemFiles) {
        return new TrustedAuthorities(pemFiles, true);
    }

    /** Only that of the file: for a service with an authority that this machine has created. */
    public static TrustedAuthorities only(Path pemFile) {
        return new TrustedAuthorities(List.of(pemFile), false);
    }

    /**
     * Trust for a client of Vert.x. Reads files: for start-up only.
     *
     * @throws IllegalArgumentException if a file cannot be read or holds no certificate; the message names the file
     */
    public TrustOptions options() {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int count = 0;
            for (TrustManager manager : jvm ? factory(null).getTrustManagers() : new TrustManager[0]) {
                if (manager instanceof X509TrustManager x509) {
                    for (X509Certificate own : x509.getAcceptedIssuers()) {
                        store.setCertificateEntry("jvm-" + count++, own);
                    }
                }
            }
            for (Path file : pemFiles) {
                for (Certificate further : read(file)) {
                    store.setCertificateEntry("pem-" + count++, further);
                }
            }
            return TrustOptions.wrap(factory(store));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("cannot build the list of trusted authorities: " + e.getMessage(), e);
        }
    }

    private static Iterable<? extends Certificate> read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            var certificates = CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (certificates.isEmpty()) {
                throw new IllegalArgumentException(file + ": no certificate (expected: a PEM file)");
            }
            return certificates;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage() + " (expected: a PEM file)", e);
        }
    }

    private static TrustManagerFactory factory(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory;
    }
}
