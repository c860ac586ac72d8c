package dev.chatgateway.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.chatgateway.page.ChatPage.message;
import static dev.chatgateway.page.ChatPage.named;
import static dev.chatgateway.page.ChatPage.write;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.chatgateway.testing.GatewayExtension;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The demo page in a real browser, two people in two tabs, over the whole gateway with its embedded service. */
class PageIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("embedded.rateLimits", "off");

    /** Of all that is shown; what is cut off on purpose lies in one of these. */
    private static final String RIGHT_EDGE = "Math.max(...[...document.querySelectorAll("
            + "'main, .bar, .bar > *, .body, .composer, .composer > *, .threads button, .me, .card')]"
            + ".map((element) => element.getBoundingClientRect().right))";

    private static Browser browser;

    private Page ada;
    private Page grace;

    @BeforeAll
    static void needs() throws Exception {
        NodeModules.requireChromium();
        PlaywrightAssertions.setDefaultAssertionTimeout(30_000);
        browser = new Browser();
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void twoPeopleInOneThread() {
        ada = browser.open(1280, 800, ColorScheme.LIGHT);
        ChatPage.signIn(ada, url(), "Ada");
        ChatPage.createThread(ada, "Engines");

        grace = browser.open(360, 740, ColorScheme.DARK);
        grace.navigate(ChatPage.invite(ada, "Grace"));
        assertThat(grace.locator("#topic")).hasText("Engines");
        assertThat(grace.locator("#people-line")).hasText("You and Ada");
        assertThat(ada.locator("#people-line")).hasText("You and Grace");
    }

    private static String url() {
        return GATEWAY.endpoints().http().toString();
    }

    @Test
    void two_people_chat() {
        write(ada, "Hello Grace");
        Locator received = message(grace, "Hello Grace");
        assertThat(received.locator(".name")).hasText("Ada");
        assertThat(received.locator("time")).hasText(Pattern.compile("\\d\\d[:.]\\d\\d.*"));
        assertThat(message(ada, "Hello Grace")).hasCount(1);

        // Grace's page is open at the end of the thread, so what came has been read.
        assertThat(message(ada, "Hello Grace").locator(".below")).hasText("Seen by Grace");

        grace.locator("#draft").pressSequentially("Hm");
        assertThat(ada.locator("#typing")).hasText("Grace is typing…");
        write(grace, "Hello Ada");
        assertThat(message(ada, "Hello Ada").locator(".name")).hasText("Grace");
        assertThat(ada.locator("#typing")).hasText("");
        assertThat(ada.locator("#announcer")).hasText("Grace: Hello Ada");
        assertThat(texts(ada)).containsExactly("Hello Grace", "Hello Ada");
        assertThat(texts(grace)).containsExactly("Hello Grace", "Hello Ada");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void markup_in_a_message_stays_text() {
        write(ada, "<img src=x onerror=alert(1)><b>bold</b>");
        assertThat(message(grace, "<b>bold</b>").locator(".words")).hasText("<img src=x onerror=alert(1)><b>bold</b>");
        assertThat(message(grace, "<b>bold</b>").locator(".words *")).hasCount(0);
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void messages_are_edited_and_deleted_with_the_keyboard() {
        write(ada, "Frist");
        assertThat(message(grace, "Frist")).hasCount(1);

        ada.keyboard().press("ArrowUp");
        assertThat(ada.locator("#editing")).isVisible();
        write(ada, "First");
        assertThat(message(grace, "First").locator(".edited")).hasText("edited");
        assertThat(message(grace, "Frist")).hasCount(0);
        assertThat(message(ada, "First").locator(".edited")).hasText("edited");

        Locator delete = ada.getByRole(AriaRole.BUTTON, named("Delete message: First"));
        delete.focus();
        ada.keyboard().press("Enter");
        assertThat(ada.locator("#confirm-dialog")).isVisible();
        ada.locator("#confirm-yes").press("Enter");
        assertThat(message(grace, "Message deleted")).hasCount(1);
        assertThat(message(grace, "First")).hasCount(0);
        assertThat(ada.locator("#draft")).isFocused();
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void a_reload_keeps_user_and_thread_and_no_token_is_stored() {
        write(ada, "Before");
        assertThat(message(grace, "Before")).hasCount(1);
        assertThat(grace.url()).isEqualTo(url());
        for (Page page : List.of(ada, grace)) {
            page.reload();
            assertThat(page.locator("#topic")).hasText("Engines");
            assertThat(message(page, "Before")).hasCount(1);
        }
        write(grace, "After");
        assertThat(message(ada, "After")).hasCount(1);
        for (Page page : List.of(ada, grace)) {
            String stored =
                    (String) page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie])");
            // Every JWT of the service starts with {"alg in base64.
            assertThat(stored).contains("8:acs:").doesNotContain("eyJ");
        }
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void a_removed_participant_is_told_and_sees_no_more() {
        write(ada, "Good bye");
        assertThat(message(grace, "Good bye")).hasCount(1);
        ada.getByRole(AriaRole.BUTTON, named("Thread details")).click();
        ada.getByRole(AriaRole.BUTTON, named("Remove Grace")).click();
        assertThat(grace.locator("#toasts")).containsText("You are no longer in “Engines”.");
        assertThat(grace.locator("#thread")).isHidden();
        assertThat(ada.locator("#people-line")).hasText("Only you, so far");
    }

    @Test
    void axe_finds_nothing_serious_in_light_and_dark_narrow_and_wide() {
        write(ada, "Look at me");
        assertThat(message(grace, "Look at me")).hasCount(1);
        write(grace, "I do");
        assertThat(message(ada, "I do")).hasCount(1);
        Page signIn = browser.open(1280, 800, ColorScheme.LIGHT);
        signIn.navigate(url());
        assertThat(signIn.getByLabel("Your name")).isVisible();
        for (Page page : List.of(ada, grace, signIn)) {
            for (ColorScheme colors : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
                page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(colors));
                for (int width : new int[] {360, 1280}) {
                    page.setViewportSize(width, 760);
                    assertThat(browser.accessibilityFindings(page))
                            .as("%s, %d px", colors, width)
                            .isEmpty();
                    assertThat(((Number) page.evaluate(RIGHT_EDGE)).doubleValue())
                            .as("nothing sticks out at %d px", width)
                            .isLessThanOrEqualTo(width);
                }
            }
        }
        for (String dialog : List.of("Invite", "Thread details")) {
            ada.getByRole(AriaRole.BUTTON, named(dialog)).click();
            assertThat(browser.accessibilityFindings(ada)).as(dialog).isEmpty();
            ada.keyboard().press("Escape");
        }
        grace.setViewportSize(360, 740);
        grace.getByRole(AriaRole.BUTTON, named("Back to the threads")).click();
        assertThat(grace.locator("#threads")).isVisible();
        assertThat(browser.accessibilityFindings(grace)).isEmpty();
    }

    private static List<String> texts(Page page) {
        return page.locator(".message .words").allTextContents();
    }
}
