package dev.chatgateway.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.ColorScheme;
import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The operators' page in a real browser. */
class StatePageIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension();

    private static final LocatorAssertions.ContainsTextOptions SOON =
            new LocatorAssertions.ContainsTextOptions().setTimeout(30_000);

    @BeforeAll
    static void needs() throws Exception {
        NodeModules.requireChromium();
    }

    @Test
    void it_shows_what_the_node_does_and_keeps_to_its_policy() throws Exception {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        String thread = ann.createThread("Lunch");
        try (Browser browser = new Browser();
                ChatSocket socket = ChatSocket.signIn(GATEWAY, ann)) {
            socket.call("subscribe", new JsonObject().put("threadId", thread));
            Page page = browser.open(1280, 800, ColorScheme.LIGHT);
            page.navigate(GATEWAY.endpoints().management().toString());
            assertThat(page.locator("#readiness")).containsText("Ready.", SOON);
            assertThat(page.locator("#threads")).containsText(thread, SOON);
            assertThat(page.locator("#connections")).containsText(ann.id(), SOON);
            assertThat(page.locator("#sessions")).containsText("clientVersion", SOON);
            assertThat(page.locator("#budgets")).containsText("listMessages per user and thread", SOON);
            assertThat(page.locator("#configuration")).containsText("\"hotMs\": 800", SOON);
            assertThat(browser.accessibilityFindings(page)).isEmpty();
            // Browsers ask for an icon that there is none of.
            assertThat(browser.complaints()).allMatch(complaint -> complaint.contains("404"));
        }
    }
}
