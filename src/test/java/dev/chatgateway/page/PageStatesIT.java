package dev.chatgateway.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.chatgateway.page.ChatPage.entry;
import static dev.chatgateway.page.ChatPage.message;
import static dev.chatgateway.page.ChatPage.write;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the page says of its connection, and of threads that are not looked at. */
class PageStatesIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("embedded.rateLimits", "off");

    /** The service is asked again after growing pauses; a page that recovers at all does it within one. */
    private static final LocatorAssertions.HasTextOptions SLOWLY =
            new LocatorAssertions.HasTextOptions().setTimeout(90_000);

    private static Browser browser;

    private Page ada;
    private Relay relay;

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
    void adaHasAThread() {
        ada = browser.open(1280, 800, ColorScheme.LIGHT);
        relay = Relay.before(ada);
        ChatPage.signIn(ada, GATEWAY.endpoints().http().toString(), "Ada");
        ChatPage.createThread(ada, "Engines");
        assertThat(state(ada)).hasText("Live");
    }

    @AfterEach
    void noEventWasLost() {
        assertThat(browser.complaints()).isEmpty();
    }

    private static Locator state(Page page) {
        return page.locator("#thread .connection");
    }

    @Test
    void connecting_catching_up_and_live_are_told_apart() {
        write(ada, "Before");
        assertThat(message(ada, "Before").locator(".below")).hasCount(0);
        assertThat(state(ada)).hasAttribute("role", "status");

        relay.connecting(false);
        relay.drop();
        assertThat(state(ada)).hasText("Connecting");
        assertThat(ada.locator("#banner-text")).hasText("Connection lost. Reconnecting…");
        assertThat(browser.accessibilityFindings(ada)).isEmpty();

        relay.connecting(true);
        relay.hold("subscribe");
        relay.drop();
        assertThat(state(ada)).hasText("Catching up");
        assertThat(ada.locator("#banner")).isHidden();
        assertThat(browser.accessibilityFindings(ada)).isEmpty();

        write(ada, "Meanwhile");
        relay.letGo();
        assertThat(state(ada)).hasText("Live");
        assertThat(message(ada, "Meanwhile").locator(".below")).hasCount(0);
        assertThat(ada.locator(".message .words")).hasText(new String[] {"Before", "Meanwhile"});
    }

    @Test
    void what_happened_meanwhile_arrives_after_the_reconnect() {
        Page grace = guest("Grace");
        write(grace, "Frist");
        assertThat(message(ada, "Frist")).hasCount(1);
        relay.connecting(false);
        relay.drop();
        assertThat(state(ada)).hasText("Connecting");
        write(grace, "Second");
        assertThat(message(grace, "Second").locator(".below")).hasCount(0);
        grace.keyboard().press("ArrowUp");
        write(grace, "Second, mended");
        assertThat(message(grace, "Second, mended").locator(".edited")).hasText("edited");
        write(grace, "Third");
        assertThat(message(grace, "Third").locator(".below")).hasCount(0);
        relay.connecting(true);
        relay.drop();
        assertThat(state(ada)).hasText("Live");
        assertThat(ada.locator(".message .words")).hasText(new String[] {"Frist", "Second, mended", "Third"});
        write(grace, "Fourth");
        assertThat(message(ada, "Fourth")).hasCount(1);
    }

    @Test
    void a_message_without_an_answer_is_sent_once_all_the_same() {
        Page grace = guest("Grace");
        relay.hold("sendMessage");
        write(ada, "Only once");
        assertThat(message(ada, "Only once").locator(".below")).hasText("Sending…");
        relay.hold("");
        relay.drop();
        assertThat(state(ada)).hasText("Live");
        assertThat(message(ada, "Only once").locator(".below")).hasText("Seen by Grace");
        write(ada, "Last");
        assertThat(message(grace, "Last")).hasCount(1);
        assertThat(grace.locator(".message .words")).hasText(new String[] {"Only once", "Last"});
    }

    @Test
    void a_slow_service_is_told_until_it_is_well_again() throws Exception {
        faults("""
                {"rules":[{"operation":"listMessages","kind":"status","status":503,"rate":1}]}""");
        try {
            assertThat(state(ada)).hasText("Delayed", SLOWLY);
            assertThat(ada.locator("#banner")).containsText("New messages may arrive late.");
            for (int width : new int[] {360, 1280}) {
                for (ColorScheme colors : ColorScheme.values()) {
                    ada.setViewportSize(width, 760);
                    ada.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(colors));
                    assertThat(browser.accessibilityFindings(ada)).isEmpty();
                }
            }
        } finally {
            faults("{}");
        }
        assertThat(state(ada)).hasText("Live", SLOWLY);
        assertThat(ada.locator("#banner")).isHidden();
    }

    @Test
    void threads_not_looked_at_count_what_came_newest_first() {
        Page grace = guest("Grace");
        ChatPage.createThread(ada, "Looms");
        assertThat(ada.locator("#threads .topic").first()).hasText("Looms");
        write(grace, "Are you there?");
        write(grace, "Ada?");
        Locator engines = entry(ada, "Engines");
        assertThat(engines.locator(".badge")).hasText("2 unread");
        assertThat(engines.locator(".last")).hasText("Grace: Ada?");
        assertThat(ada.locator("#threads .topic").first()).hasText("Engines");
        assertThat(ada).hasTitle("(2) Chat gateway");
        engines.click();
        assertThat(engines.locator(".badge")).hasCount(0);
        assertThat(ada).hasTitle("Chat gateway");
        assertThat(message(grace, "Ada?").locator(".below")).hasText("Seen by Ada");
        assertThat(engines.locator(".badge")).hasCount(0);
    }

    @Test
    void the_inbox_fills_the_list_and_keeps_it_current() {
        String grace = ServiceUser.create(GATEWAY).id();
        JsonArray threads = new JsonArray()
                .add(inboxThread("19:tea@thread.v2", "Tea", listed(grace, "2026-01-02T12:00:00.000Z", "Milk?"), 100))
                .add(inboxThread("19:looms@thread.v2", "Looms", listed(grace, "2026-01-01T12:00:00.000Z", "Cards"), 0));
        Page page = browser.open(1280, 800, ColorScheme.DARK);
        Relay inbox = Relay.before(page);
        inbox.answer("subscribeInbox", new JsonObject().put("cursor", "i1").put("recovered", "complete"));
        inbox.answer("getInbox", new JsonObject().put("value", threads));
        ChatPage.signIn(page, GATEWAY.endpoints().http().toString(), "Ada");

        assertThat(page.locator("#threads .topic")).hasText(new String[] {"Tea", "Looms"});
        assertThat(entry(page, "Tea").locator(".badge")).hasText("99+ unread");
        assertThat(entry(page, "Tea").locator(".last")).hasText("Grace: Milk?");
        assertThat(entry(page, "Looms").locator(".badge")).hasCount(0);

        inbox.tell(
                "inboxChanged",
                inboxThread("19:looms@thread.v2", null, listed(grace, "2026-01-03T12:00:00.000Z", "One is missing"), 1)
                        .put("cursor", "i2"));
        assertThat(page.locator("#threads .topic")).hasText(new String[] {"Looms", "Tea"});
        assertThat(entry(page, "Looms").locator(".badge")).hasText("1 unread");
        assertThat(entry(page, "Looms").locator(".last")).hasText("Grace: One is missing");
        assertThat(page).hasTitle("(101) Chat gateway");
        assertThat(browser.accessibilityFindings(page)).isEmpty();
    }

    /** Two quick messages: the inbox is read after the first and has both before the event of the second comes. */
    @Test
    void message_that_the_inbox_counted_is_not_counted_again() {
        Page grace = guest("Grace");
        relay.withhold("inboxChanged");
        ChatPage.createThread(ada, "Looms");
        write(grace, "Are you there?");
        Locator engines = entry(ada, "Engines");
        assertThat(engines.locator(".badge")).hasText("1 unread");
        String thread = engines.getAttribute("data-thread");
        String sender = grace.locator("#me-id").textContent();
        JsonObject last = listed(sender, "2030-01-01T12:00:00.000Z", "Ada?");
        relay.tell("inboxChanged", inboxThread(thread, null, last, 2).put("cursor", "i2"));
        assertThat(engines.locator(".badge")).hasText("2 unread");
        relay.tell("chatMessageReceived", received(thread, sender, last, "Ada?"));
        JsonObject third = listed(sender, "2031-01-01T12:00:00.000Z", "Hello?");
        relay.tell("chatMessageReceived", received(thread, sender, third, "Hello?"));
        assertThat(engines.locator(".last")).hasText("Grace: Hello?");
        assertThat(engines.locator(".badge")).hasText("3 unread");
        assertThat(ada).hasTitle("(3) Chat gateway");
    }

    private static JsonObject received(String thread, String sender, JsonObject listed, String text) {
        return new JsonObject()
                .put("threadId", thread)
                .put("sender", new JsonObject().put("kind", "communicationUser").put("communicationUserId", sender))
                .put("senderDisplayName", "Grace")
                .put("id", listed.getString("id"))
                .put("version", listed.getString("version"))
                .put("createdOn", listed.getString("createdOn"))
                .put("type", "Text")
                .put("message", text)
                .put("metadata", new JsonObject());
    }

    private static JsonObject inboxThread(String id, String topic, JsonObject last, int unread) {
        JsonObject thread =
                new JsonObject().put("threadId", id).put("lastMessage", last).put("unreadCount", unread);
        return topic == null ? thread : thread.put("topic", topic);
    }

    private static JsonObject listed(String sender, String on, String text) {
        String id = Long.toString(Instant.parse(on).toEpochMilli());
        return new JsonObject()
                .put("id", id)
                .put("version", id)
                .put("type", "text")
                .put("sequenceId", "1")
                .put("createdOn", on)
                .put("senderDisplayName", "Grace")
                .put("senderCommunicationIdentifier", new JsonObject().put("rawId", sender))
                .put("content", new JsonObject().put("message", text));
    }

    @Test
    void a_thread_that_one_is_added_to_shows_up_in_the_list() {
        Page grace = guest("Grace");
        grace.getByRole(AriaRole.BUTTON, ChatPage.named("Back to the threads")).click();
        assertThat(grace.locator("#threads button")).hasCount(1);
        ServiceUser charles = ServiceUser.create(GATEWAY);
        charles.createThread(
                "Tea",
                charles,
                ServiceUser.ofId(GATEWAY, grace.locator("#me-id").textContent()));
        assertThat(entry(grace, "Tea")).isVisible();
        entry(grace, "Tea").click();
        assertThat(grace.locator("#topic")).hasText("Tea");
    }

    private Page guest(String name) {
        Page guest = browser.open(360, 740, ColorScheme.DARK);
        guest.navigate(ChatPage.invite(ada, name));
        assertThat(guest.locator("#people-line")).hasText("You and Ada");
        assertThat(ada.locator("#people-line")).hasText("You and " + name);
        return guest;
    }

    private static void faults(String json) throws Exception {
        HttpRequest put = HttpRequest.newBuilder(
                        GATEWAY.endpoints().management().resolve("/faults"))
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(json))
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(put, BodyHandlers.discarding())
                        .statusCode())
                .isBetween(200, 204);
    }
}
