package dev.chatgateway.official;

import java.nio.file.Path;

/**
 * What the official clients are pointed at. Chat and identity are apart because a gateway in front passes only chat through.
 *
 * @param name shown in the test report
 * @param chatEndpoint base URL of the chat service, https, without a trailing slash
 * @param connectionString of the identity service, as the clients read it
 * @param certificateAuthority PEM file that the clients must trust
 */
record OfficialTarget(String name, String chatEndpoint, String connectionString, Path certificateAuthority) {
    /** Base URL of the identity service, as the connection string names it. */
    String identityEndpoint() {
        return value("endpoint");
    }

    /** The access key in base64. */
    String accessKey() {
        return value("accesskey");
    }

    private String value(String name) {
        for (String part : connectionString.split(";")) {
            int equals = part.indexOf('=');
            if (part.substring(0, equals).equalsIgnoreCase(name)) {
                return part.substring(equals + 1);
            }
        }
        throw new IllegalStateException("connection string without " + name);
    }

    @Override
    public String toString() {
        return name;
    }
}
