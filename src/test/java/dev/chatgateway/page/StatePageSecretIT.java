package dev.chatgateway.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.chatgateway.testing.GatewayExtension;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The operators' page where the management port asks for a secret, in a real browser. */
class StatePageSecretIT {
    private static final String SECRET = "manage-manage-manage";

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("management.secret", SECRET);

    @BeforeAll
    static void needs() throws Exception {
        NodeModules.requireChromium();
    }

    /** It was refused itself, so that nobody with a browser ever saw it. */
    @Test
    void it_asks_for_the_secret_shows_the_state_with_it_and_forgets_it() throws Exception {
        try (Browser browser = new Browser()) {
            Page page = browser.open(1280, 800, ColorScheme.LIGHT);
            page.navigate(GATEWAY.endpoints().management().toString());
            Locator field = page.getByLabel("Secret of this port");
            assertThat(field).isFocused();
            assertThat(page.getByRole(AriaRole.STATUS)).hasText("This port asks for its secret.");
            assertThat(page.locator("main")).isHidden();
            // Links would be refused, as they can't carry it.
            assertThat(page.locator("#links")).isHidden();
            assertThat(browser.accessibilityFindings(page)).isEmpty();

            field.fill("not the secret");
            field.press("Enter");
            assertThat(page.getByRole(AriaRole.STATUS)).hasText("That is not the secret.");
            assertThat(page.locator("main")).isHidden();

            field.fill(SECRET);
            page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Show the state"))
                    .click();
            assertThat(page.getByRole(AriaRole.STATUS)).containsText("eady");
            assertThat(page.locator("#configuration")).containsText("\"hotMs\": 800");
            assertThat(field).isHidden();
            assertThat(field).hasValue("");
            assertThat(browser.accessibilityFindings(page)).isEmpty();

            assertThat(page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])"))
                    .asString()
                    .doesNotContain("manage-manage");
            page.reload();
            assertThat(page.getByRole(AriaRole.STATUS)).hasText("This port asks for its secret.");
            // What was refused on purpose, and an icon that there is none of.
            assertThat(browser.complaints()).allMatch(c -> c.contains("401") || c.contains("404"));
        }
    }
}
