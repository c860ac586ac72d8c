package dev.chatgateway.page;

import dev.chatgateway.testing.GatewayExtension;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Microsoft's ChatComposite, unmodified, as {@code examples/chat-composite} uses it, in browsers that trust the
 * development authority and nothing else.
 */
class ChatCompositeIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("embedded.rateLimits", "off");

    @BeforeAll
    static void needs() throws Exception {
        TrustingHome.requireAll();
    }

    @Test
    void two_users_see_everything_once_also_over_cuts(@TempDir Path home) throws Exception {
        try (Browser browser = browser(home);
                CompositeScenario scenario =
                        scenario(browser, GATEWAY.endpoints().https())) {
            scenario.run();
        }
    }

    @Test
    void embedded_service_as_endpoint_is_enough(@TempDir Path home) throws Exception {
        try (Browser browser = browser(home);
                CompositeScenario scenario = scenario(browser, GATEWAY.service())) {
            CompositeUser ann = scenario.join("Ann");
            CompositeUser ben = scenario.join("Ben", ann);
            ann.send("Hello Ben");
            ben.assertShows("Hello Ben");
            ben.typeUntil(ann);
        }
    }

    private static Browser browser(Path home) throws Exception {
        return new Browser(TrustingHome.create(home, GATEWAY.endpoints().caPem()));
    }

    private static CompositeScenario scenario(Browser browser, URI endpoint) throws Exception {
        return new CompositeScenario(
                browser,
                List.of(endpoint),
                GATEWAY.endpoints().embedded().orElseThrow().connectionString(),
                GATEWAY.endpoints().caPem().getParent().getParent());
    }
}
