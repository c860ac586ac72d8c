package dev.chatgateway.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The identity API with its HMAC check, for tests of its clients (docs/service-reference.md, Identity). */
public final class FakeIdentityService {
    /** Base64 of 32 bytes. */
    public static final String KEY =
            Base64.getEncoder().encodeToString("0123456789abcdef0123456789abcdef".getBytes(UTF_8));

    private final HttpServer server;
    private final String scheme;
    private final List<String> users = new ArrayList<>();

    private FakeIdentityService(Vertx vertx, HttpServerOptions options) {
        this.server = vertx.createHttpServer(options.setHost("127.0.0.1").setPort(0));
        this.scheme = options.isSsl() ? "https" : "http";
        server.requestHandler(request -> request.body().onSuccess(body -> answer(request, body)));
    }

    /** Starts one on any free port. */
    public static Future<FakeIdentityService> start(Vertx vertx, HttpServerOptions options) {
        FakeIdentityService service = new FakeIdentityService(vertx, options);
        return service.server.listen().map(service);
    }

    /** Where it listens. */
    public URI endpoint() {
        return URI.create(scheme + "://127.0.0.1:" + server.actualPort());
    }

    private void answer(HttpServerRequest request, Buffer body) {
        if (!signed(request, body)) {
            reply(request, 401, "{\"error\":{\"code\":\"Unauthorized\",\"message\":\"signature\"}}");
        } else if (!"2023-10-01".equals(request.getParam("api-version"))) {
            reply(request, 400, "{}");
        } else if (request.path().equals("/identities")) {
            users.add("8:acs:fake_" + users.size());
            reply(request, 201, "{\"identity\":{\"id\":\"" + users.get(users.size() - 1) + "\"}}");
        } else {
            issue(request, body);
        }
    }

    private void issue(HttpServerRequest request, Buffer body) {
        String id = request.path()
                .replaceAll("^/identities/|/:issueAccessToken$", "")
                .replace("%3A", ":");
        if (!users.contains(id)) {
            reply(request, 404, "{\"error\":{\"code\":\"NotFound\",\"message\":\"no such identity\"}}");
        } else if (!new JsonObject(body).getJsonArray("scopes").contains("chat")) {
            reply(request, 400, "{}");
        } else {
            reply(
                    request,
                    200,
                    "{\"token\":\"token-of-" + id + "\",\"expiresOn\":\"2026-11-21T07:59:25.9595888+00:00\"}");
        }
    }

    private static void reply(HttpServerRequest request, int status, String json) {
        request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(json);
    }

    private static boolean signed(HttpServerRequest request, Buffer body) {
        String authorization = String.valueOf(request.getHeader("Authorization"));
        String prefix = "HMAC-SHA256 SignedHeaders=";
        int split = authorization.indexOf("&Signature=");
        if (!authorization.startsWith(prefix) || split < 0) {
            return false;
        }
        String values = Arrays.stream(
                        authorization.substring(prefix.length(), split).split(";"))
                .map(name -> name.equals("host") ? request.authority().toString() : request.getHeader(name))
                .collect(Collectors.joining(";"));
        try {
            String hash = Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(body.getBytes()));
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(KEY), "HmacSHA256"));
            byte[] expected = mac.doFinal((request.method() + "\n" + request.uri() + "\n" + values).getBytes(UTF_8));
            byte[] claimed = Base64.getDecoder().decode(authorization.substring(split + "&Signature=".length()));
            return hash.equals(request.getHeader("x-ms-content-sha256")) && MessageDigest.isEqual(expected, claimed);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
