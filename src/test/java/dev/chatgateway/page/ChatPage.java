package dev.chatgateway.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;

/** What people do with the page, by the names that a screen reader tells. */
final class ChatPage {
    private ChatPage() {}

    static void signIn(Page page, String url, String name) {
        page.navigate(url);
        page.getByLabel("Your name").fill(name);
        page.getByLabel("Your name").press("Enter");
        assertThat(page.locator("#me-name")).hasText(name);
    }

    static void createThread(Page page, String topic) {
        page.getByRole(AriaRole.BUTTON, named("New thread")).first().click();
        page.getByRole(AriaRole.TEXTBOX, named("Topic")).fill(topic);
        page.getByRole(AriaRole.TEXTBOX, named("Topic")).press("Enter");
        assertThat(page.locator("#topic")).hasText(topic);
    }

    /** Invites a guest into the open thread. */
    static String invite(Page page, String name) {
        page.getByRole(AriaRole.BUTTON, named("Invite")).click();
        page.getByLabel("Guest’s name").fill(name);
        page.getByRole(AriaRole.BUTTON, named("Make a link")).click();
        String link = page.getByLabel("Link for " + name).inputValue();
        page.locator("#invite-dialog")
                .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Close"))
                .click();
        return link;
    }

    static void write(Page page, String text) {
        page.locator("#draft").fill(text);
        page.keyboard().press("Enter");
    }

    static Locator message(Page page, String text) {
        return page.locator(".message", new Page.LocatorOptions().setHasText(text));
    }

    /** The entry of a thread in the list. */
    static Locator entry(Page page, String topic) {
        return page.locator("#threads button", new Page.LocatorOptions().setHasText(topic));
    }

    static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name);
    }
}
