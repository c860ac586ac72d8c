package dev.chatgateway.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The development certificate authority and the server certificate that it issues, so that the official clients, which
 * refuse to send bearer tokens over plain HTTP, can use this machine. Kept in {@code <data>/tls}; private keys are created
 * with mode 0600.
 *
 * @param authority PEM file with the CA: {@code NODE_EXTRA_CA_CERTS}, {@code REQUESTS_CA_BUNDLE}, {@code curl --cacert}
 * @param trustStore PKCS#12 file with the CA, password {@link #TRUST_STORE_PASSWORD}: {@code javax.net.ssl.trustStore}
 * @param certificate PEM file with the server certificate and the CA
 * @param key PEM file (PKCS#8) with the private key of the server certificate
 */
public record DevelopmentCertificates(Path authority, Path trustStore, Path certificate, Path key) {
    /** Password of {@link #trustStore()}. It protects nothing, but a trust store must have one. */
    public static final String TRUST_STORE_PASSWORD = "changeit";

    /** A certificate that expires sooner is replaced, so that it does not expire during a long test. */
    private static final Duration RENEWAL = Duration.ofDays(30);

    private static final String SUBJECT_KEY = "2.5.29.14";
    private static final String AUTHORITY_KEY = "2.5.29.35";
    private static final int KEY_ID_BYTES = 20;

    private static final List<String> ALWAYS = List.of("localhost", "127.0.0.1", "::1");

    /**
     * Reads the files of an earlier start, or creates them: both certificates on the first start, only the server certificate
     * if the names changed or it expires within 30 days. Blocking: do not call it on an event loop. Not safe for two
     * processes that start with one directory at the same time.
     *
     * @param names host names or addresses besides localhost, 127.0.0.1 and ::1
     * @throws IOException one line that names the file that cannot be read or written
     */
    public static DevelopmentCertificates loadOrCreate(Path dataDirectory, List<String> names) throws IOException {
        return loadOrCreate(dataDirectory, names, Clock.systemUTC());
    }

    static DevelopmentCertificates loadOrCreate(Path dataDirectory, List<String> names, Clock clock)
            throws IOException {
        Path directory = dataDirectory.resolve("tls");
        DevelopmentCertificates files = new DevelopmentCertificates(
                directory.resolve("ca.pem"),
                directory.resolve("ca.p12"),
                directory.resolve("server.pem"),
                directory.resolve("server.key"));
        Set<String> all = new LinkedHashSet<>(ALWAYS);
        all.addAll(names);
        try {
            Files.createDirectories(directory);
            files.ensure(directory.resolve("ca.key"), all, clock.instant());
        } catch (GeneralSecurityException e) {
            throw new IOException(directory + ": certificates cannot be made or read: " + e.getMessage(), e);
        }
        return files;
    }

    private void ensure(Path authorityKey, Set<String> names, Instant now)
            throws IOException, GeneralSecurityException {
        boolean authorityUsable = Files.exists(authority)
                && Files.exists(authorityKey)
                && Files.exists(trustStore)
                && outlives(now, PemFiles.readCertificate(authority));
        if (!authorityUsable) {
            Issuer.Issued made = Issuer.authority(now);
            PemFiles.writeKey(authorityKey, made.keys().getPrivate());
            PemFiles.writeTrustStore(trustStore, made.certificate(), TRUST_STORE_PASSWORD);
            PemFiles.writeCertificates(authority, List.of(made.certificate()));
        }
        X509Certificate root = PemFiles.readCertificate(authority);
        if (!serverUsable(root, names, now)) {
            PrivateKey signer = PemFiles.readKey(authorityKey);
            Issuer.Issued made = Issuer.server(
                    new Issuer.Issued(root, new KeyPair(root.getPublicKey(), signer)), new ArrayList<>(names), now);
            PemFiles.writeKey(key, made.keys().getPrivate());
            PemFiles.writeCertificates(certificate, List.of(made.certificate(), root));
        }
    }

    private boolean serverUsable(X509Certificate root, Set<String> names, Instant now)
            throws IOException, GeneralSecurityException {
        if (!Files.exists(certificate) || !Files.exists(key)) {
            return false;
        }
        X509Certificate server = PemFiles.readCertificate(certificate);
        return outlives(now, server) && Names.of(server).equals(Names.normalized(names)) && signed(server, root);
    }

    private static boolean outlives(Instant now, X509Certificate certificate) {
        return certificate.getNotAfter().toInstant().isAfter(now.plus(RENEWAL));
    }

    /** Compares key identifiers. A check of the signature would add a tenth of a second to every start and prove no more. */
    private static boolean signed(X509Certificate server, X509Certificate root) {
        byte[] own = root.getExtensionValue(SUBJECT_KEY);
        byte[] issuers = server.getExtensionValue(AUTHORITY_KEY);
        return own != null && issuers != null && Arrays.equals(keyId(own), keyId(issuers));
    }

    /** Both extensions end with the SHA-1 of the key, as {@link Issuer} writes them. */
    private static byte[] keyId(byte[] extension) {
        return Arrays.copyOfRange(extension, Math.max(0, extension.length - KEY_ID_BYTES), extension.length);
    }
}
