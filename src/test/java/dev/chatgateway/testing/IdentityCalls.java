package dev.chatgateway.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signed calls of the embedded service's identity API, past the gateway. Blocking, for tests. */
public final class IdentityCalls {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);

    private IdentityCalls() {}

    /** Revokes all access tokens of a user. */
    public static void revoke(GatewayExtension gateway, ServiceUser user) {
        call(gateway, user, ":revokeAccessTokens", "", 204);
    }

    /** Issues a token that ends early. */
    public static String token(GatewayExtension gateway, ServiceUser user, int minutes) {
        JsonObject body =
                new JsonObject().put("scopes", new JsonArray().add("chat")).put("expiresInMinutes", minutes);
        String token = new JsonObject(call(gateway, user, ":issueAccessToken", body.encode(), 200)).getString("token");
        UsedSecrets.note(token);
        return token;
    }

    private static String call(GatewayExtension gateway, ServiceUser user, String name, String body, int status) {
        String connection = gateway.endpoints().embedded().orElseThrow().connectionString();
        String key = connection.substring(connection.indexOf("accesskey=") + "accesskey=".length());
        String target = "/identities/" + user.id() + "/" + name + "?api-version=2023-10-01";
        URI uri = URI.create(gateway.service() + target);
        String date = DATE.format(gateway.clock().instant().atZone(ZoneOffset.UTC));
        try {
            String hash = base64(MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8)));
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(key), "HmacSHA256"));
            String text = "POST\n" + target + "\n" + date + ";" + uri.getAuthority() + ";" + hash;
            HttpRequest request = HttpRequest.newBuilder(uri)
                    .timeout(Duration.ofSeconds(20))
                    .header("x-ms-date", date)
                    .header("x-ms-content-sha256", hash)
                    .header("Content-Type", "application/json")
                    .header(
                            "Authorization",
                            "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
                                    + base64(mac.doFinal(text.getBytes(StandardCharsets.UTF_8))))
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            HttpClient client = ServiceUser.client(gateway.endpoints().caPem());
            HttpResponse<String> answer = client.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                    .join();
            if (answer.statusCode() != status) {
                throw new AssertionError(name + ": " + answer.statusCode() + " " + answer.body());
            }
            return answer.body();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
