package dev.chatgateway.admin;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/** The page at {@code /} of the management port: three files of the class path that show the content of {@code /state}. */
final class StatePage {
    /** Only files of this origin, nothing inline, no frames, no script sinks for HTML. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
            + "trusted-types 'none'";

    private static final Map<String, String> TYPES = Map.of(
            "state.html", "text/html; charset=utf-8",
            "state.js", "text/javascript; charset=utf-8",
            "state.css", "text/css; charset=utf-8");

    void mount(Router router) {
        TYPES.forEach((file, type) -> {
            Buffer body = load(file);
            String path = file.equals("state.html") ? "/" : '/' + file;
            router.get(path).handler(context -> {
                HttpServerResponse response = context.response();
                harden(response);
                response.putHeader("Content-Type", type).end(body);
            });
        });
    }

    /** Headers that restrict a browser to what the page needs. */
    static void harden(HttpServerResponse response) {
        response.headers()
                .set("Content-Security-Policy", POLICY)
                .set("Cache-Control", "no-store")
                .set("X-Content-Type-Options", "nosniff")
                .set("X-Frame-Options", "DENY")
                .set("Referrer-Policy", "no-referrer")
                .set("Cross-Origin-Opener-Policy", "same-origin")
                .set("Cross-Origin-Resource-Policy", "same-origin");
    }

    /** Blocking; called at the start. */
    private static Buffer load(String file) {
        try (InputStream in = StatePage.class.getResourceAsStream("/admin/" + file)) {
            if (in == null) {
                throw new IllegalStateException("/admin/" + file + " (expected: on the class path)");
            }
            return Buffer.buffer(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
