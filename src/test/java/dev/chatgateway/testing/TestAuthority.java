package dev.chatgateway.testing;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** A certificate authority for tests of the TLS listener. */
public final class TestAuthority {
    private final X509Bundle root;

    public TestAuthority(String name) {
        try {
            root = new CertificateBuilder()
                    .ecp256()
                    .subject("CN=" + name)
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** PEM of the authority's own certificate. */
    public String pem() {
        return root.getCertificatePEM();
    }

    /** A certificate for localhost that ends at some time. */
    public X509Bundle server(Instant notAfter) {
        try {
            return new CertificateBuilder()
                    .ecp256()
                    .subject("CN=localhost")
                    .addSanDnsName("localhost")
                    .addExtendedKeyUsageServerAuth()
                    .notBefore(notAfter.minus(Duration.ofDays(90)))
                    .notAfter(notAfter)
                    .buildIssuedBy(root);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** A certificate for localhost, in force. */
    public X509Bundle server() {
        return server(Instant.now().plus(Duration.ofDays(30)));
    }

    /** A certificate of a client. */
    public X509Bundle client() {
        try {
            return new CertificateBuilder()
                    .ecp256()
                    .subject("CN=client")
                    .addExtendedKeyUsageClientAuth()
                    .buildIssuedBy(root);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** TLS of a client that believes this authority, and shows a certificate unless that is null. */
    public SSLContext context(X509Bundle shown) {
        try {
            KeyManager[] keys =
                    shown == null ? null : shown.toKeyManagerFactory().getKeyManagers();
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, new TrustManager[] {root.toTrustManager()}, null);
            return context;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Puts a text where a file is, in one step, as those do who change certificates. */
    public static void put(Path file, String text) {
        try {
            Path fresh = Files.writeString(file.resolveSibling(file.getFileName() + ".fresh"), text);
            Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
