package dev.chatgateway.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions.HasTextOptions;
import com.microsoft.playwright.options.WaitForSelectorState;
import java.util.List;

/**
 * A user of the example in a browser session of its own, and what the user does and sees.
 *
 * @param cuts the proxy on the way to the user's endpoint
 */
public record CompositeUser(String name, BrowserContext context, Page page, Cuts cuts) {
    private static final HasTextOptions LIMIT = new HasTextOptions().setTimeout(30_000);
    /** Longer than a message needs that comes twice. */
    private static final int AGAIN_MS = 800;

    private Locator messages() {
        return page.locator("[data-testid=chat-composite-message] [role=text]");
    }

    /** The texts that are shown now. */
    public List<String> texts() {
        return messages().allInnerTexts();
    }

    public void send(String text) {
        Locator box = page.locator("#sendbox");
        box.fill(text);
        box.press("Enter");
        assertThat(messages().last()).hasText(text, LIMIT);
    }

    public void edit(String text, String to) {
        choose(text, "edit");
        Locator box = page.locator("[data-ui-id=edit-box]");
        box.fill(to);
        box.press("Enter");
        box.waitFor(new Locator.WaitForOptions().setState(WaitForSelectorState.DETACHED));
    }

    public void delete(String text) {
        choose(text, "remove");
    }

    private void choose(String text, String action) {
        Locator message = page.getByTestId("chat-composite-message")
                .filter(new Locator.FilterOptions()
                        .setHas(page.getByText(text, new Page.GetByTextOptions().setExact(true))));
        message.hover();
        // Not by the mouse: the bubble moves while it learns that it was seen.
        message.getByTestId("chat-composite-message-action-icon").dispatchEvent("click");
        // Menus of messages that were used before stay in the page, hidden.
        page.locator("[data-testid=chat-composite-message-contextual-menu-" + action + "-action]:visible")
                .click();
    }

    public void rename(String topic) {
        page.locator("[name=topic]").fill(topic);
        page.locator("header button").click();
    }

    public void remove(CompositeUser other) {
        Object id = other.page.evaluate("chat.getState().userId.communicationUserId");
        page.evaluate("id => chat.removeParticipant(id)", id);
    }

    /** Types something that is not sent, until another user sees that. */
    public void typeUntil(CompositeUser other) {
        page.locator("#sendbox").pressSequentially("hm");
        other.page
                .locator("[data-ui-id=typing-indicator]")
                .getByText(name + " is typing ...")
                .waitFor();
        page.locator("#sendbox").fill("");
        page.locator("#sendbox").press("Backspace");
    }

    /** Exactly these messages, in this order, and no more a little later. */
    public void assertShows(String... texts) {
        assertThat(messages()).hasText(texts, LIMIT);
        page.waitForTimeout(AGAIN_MS);
        assertThat(texts()).as(name).containsExactly(texts);
    }

    public void assertTopic(String topic) {
        page.locator(".chat")
                .getByText(topic, new Locator.GetByTextOptions().setExact(true))
                .first()
                .waitFor();
    }

    public void assertParticipants(String names) {
        assertThat(page.locator("#participants")).hasText(names, LIMIT);
    }

    /** Another user has seen the newest own message. */
    public void assertSeen() {
        page.locator("[data-ui-id=chat-composite-message-status-icon][aria-label='Message seen by others']")
                .waitFor();
    }

    /** The user is without a network until {@link #connect}. */
    public void disconnect() {
        // New requests fail; frames of an open WebSocket only wait, so the proxy cuts it.
        context.setOffline(true);
        cuts.refuse();
    }

    public void connect() {
        cuts.admit();
        context.setOffline(false);
    }
}
