package dev.chatgateway.soak;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** An authority and a certificate of its own for the nodes' event bus, as files. */
final class NodeCertificates {
    private NodeCertificates() {}

    /** The settings that name them. */
    static Map<String, String> in(Path folder) throws Exception {
        Files.createDirectories(folder);
        X509Bundle authority = new CertificateBuilder()
                .subject("CN=cluster authority")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        X509Bundle node = new CertificateBuilder()
                .subject("CN=node")
                .addSanIpAddress("127.0.0.1")
                .addSanIpAddress("10.77.1.10")
                .addSanIpAddress("10.77.1.11")
                .addSanIpAddress("10.77.1.12")
                .buildIssuedBy(authority);
        Path certificate = Files.writeString(folder.resolve("node.crt"), node.getCertificatePathPEM());
        Path key = Files.writeString(folder.resolve("node.key"), node.getPrivateKeyPEM());
        Path trusted = Files.writeString(folder.resolve("ca.pem"), authority.getCertificatePEM());
        return Map.of(
                "CLUSTER_CERTIFICATE", certificate.toAbsolutePath().toString(),
                "CLUSTER_KEY", key.toAbsolutePath().toString(),
                "CLUSTER_AUTHORITY", trusted.toAbsolutePath().toString());
    }
}
