package dev.chatgateway.upstream;

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

/** The JVM's certificate authorities together with further ones from PEM files. Reads files: for start-up only. */
public final class TrustedAuthorities {
    private TrustedAuthorities() {}

    /**
     * Trust for a client of Vert.x.
     *
     * @throws IllegalArgumentException if a file cannot be read or holds no certificate; the message names the file
     */
    public static TrustOptions with(List<Path> pemFiles) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int count = 0;
            for (TrustManager manager : factory(null).getTrustManagers()) {
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
