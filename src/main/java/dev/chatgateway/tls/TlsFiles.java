package dev.chatgateway.tls;

import dev.chatgateway.config.GatewayConfig;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509KeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The PEM files of the TLS listener for clients, and its protocol options. Each load reads them once, so that the content
 * that was checked is the content that is used, even if the files change meanwhile.
 *
 * @param certificate the chain, the server's own first
 * @param key the server's private key
 * @param authority authority of client certificates, which are then required; null: none are requested
 * @param handshakeSeconds time limit for a handshake
 */
public record TlsFiles(Path certificate, Path key, @Nullable Path authority, int handshakeSeconds) {
    private static final Set<String> PROTOCOLS = Set.of("TLSv1.3", "TLSv1.2");

    /** Only cipher suites with authenticated encryption and forward secrecy. */
    private static final List<String> SUITES = List.of(
            "TLS_AES_256_GCM_SHA384",
            "TLS_AES_128_GCM_SHA256",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");

    private static final List<String> KEY_TYPES = List.of("EC", "RSA");

    /** The configured files, else the development certificate. */
    public static TlsFiles of(GatewayConfig config, DevelopmentCertificates development) {
        GatewayConfig.Https https = config.https();
        return new TlsFiles(
                https.certificate() == null ? development.certificate() : Path.of(https.certificate()),
                https.key() == null ? development.key() : Path.of(https.key()),
                https.clientAuthority() == null ? null : Path.of(https.clientAuthority()),
                config.limits().handshakeSeconds());
    }

    /** The listener's options, and the validity of the certificate. */
    public record Loaded(ServerSSLOptions options, Instant notBefore, Instant notAfter) {}

    /** The files to watch for changes. */
    public List<Path> files() {
        return Stream.concat(Stream.of(certificate, key), Optional.ofNullable(authority).stream())
                .toList();
    }

    /**
     * Reads and checks the files. Blocking.
     *
     * @throws IOException one line that names the file that can't be used
     */
    public Loaded load(Vertx vertx) throws IOException {
        PemKeyCertOptions pair = new PemKeyCertOptions()
                .addCertValue(Buffer.buffer(Files.readAllBytes(certificate)))
                .addKeyValue(Buffer.buffer(Files.readAllBytes(key)));
        X509Certificate own = checked(pair, vertx);
        ServerSSLOptions options = new ServerSSLOptions()
                .setUseAlpn(true)
                .setSslHandshakeTimeout(handshakeSeconds)
                .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
                .setEnabledSecureTransportProtocols(PROTOCOLS)
                .setKeyCertOptions(pair);
        SUITES.forEach(options::addEnabledCipherSuite);
        if (authority != null) {
            options.setClientAuth(ClientAuth.REQUIRED).setTrustOptions(authorities(authority, vertx));
        }
        return new Loaded(
                options, own.getNotBefore().toInstant(), own.getNotAfter().toInstant());
    }

    /** The listener would accept a key that does not belong to the certificate, and then fail every handshake. */
    private X509Certificate checked(PemKeyCertOptions pair, Vertx vertx) throws IOException {
        X509KeyManager manager = keys(pair, vertx);
        String alias = KEY_TYPES.stream()
                .map(type -> manager.getServerAliases(type, null))
                .flatMap(found -> found == null ? Stream.empty() : Arrays.stream(found))
                .findFirst()
                .orElseThrow(() -> new IOException(key + ": neither an EC nor an RSA key"));
        X509Certificate own = manager.getCertificateChain(alias)[0];
        if (!belongTogether(manager.getPrivateKey(alias), own)) {
            throw new IOException(key + ": not the key of the certificate in " + certificate);
        }
        return own;
    }

    private X509KeyManager keys(PemKeyCertOptions pair, Vertx vertx) throws IOException {
        try {
            for (KeyManager manager : pair.getKeyManagerFactory(vertx).getKeyManagers()) {
                if (manager instanceof X509KeyManager keys) {
                    return keys;
                }
            }
            throw new IOException(certificate + ": no certificate in PEM form");
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(certificate + " or " + key + ": not a certificate and its key in PEM form", e);
        }
    }

    private static boolean belongTogether(PrivateKey key, X509Certificate certificate) {
        String algorithm = key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA";
        try {
            byte[] text = {1, 2, 3};
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(text);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /**
     * The trusted authorities. Blocking.
     *
     * @throws IOException one line that names the file if it can't be used
     */
    public static PemTrustOptions authorities(Path file, Vertx vertx) throws IOException {
        PemTrustOptions options = new PemTrustOptions().addCertValue(Buffer.buffer(Files.readAllBytes(file)));
        try {
            for (TrustManager manager : options.getTrustManagerFactory(vertx).getTrustManagers()) {
                if (manager instanceof X509TrustManager trust && trust.getAcceptedIssuers().length > 0) {
                    return options;
                }
            }
        } catch (Exception e) {
            throw new IOException(file + ": not certificates in PEM form", e);
        }
        throw new IOException(file + ": no certificate in PEM form");
    }
}
