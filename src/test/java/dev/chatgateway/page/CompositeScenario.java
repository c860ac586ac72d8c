package dev.chatgateway.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Users of the example in browsers of their own, who chat with the unmodified ChatComposite. Two endpoints may be two
 * nodes of a cluster: the first user takes the first one, the second user the second one. Each user's connections can be
 * cut. Screenshots are written to target/composite.
 */
final class CompositeScenario implements AutoCloseable {
    private static final Path PICTURES = Path.of("target/composite");
    private static final int LIMIT_MS = 30_000;
    /** Longer than a message needs that comes twice. */
    private static final int AGAIN_MS = 1_500;

    private final Browser browser;
    private final List<Cuts> cuts = new ArrayList<>();
    private final List<BrowserContext> contexts = new ArrayList<>();
    private final List<String> foreign = Collections.synchronizedList(new ArrayList<>());
    private final ExampleServer server;
    private int pictures;

    /**
     * @param endpoints the gateway's https listeners, one or two
     * @param connectionString of the identity service
     * @param data the gateway's data directory, whose authority the browser trusts
     */
    CompositeScenario(Browser browser, List<URI> endpoints, String connectionString, Path data) throws IOException {
        this.browser = browser;
        for (int i = 0; i < 2; i++) {
            cuts.add(new Cuts(endpoints.get(i % endpoints.size())));
        }
        List<String> named =
                cuts.stream().map(cut -> "https://localhost:" + cut.port()).toList();
        server = new ExampleServer(named, connectionString, data);
    }

    /** A user in a browser session of its own. */
    record User(String name, BrowserContext context, Page page, Cuts cut) {
        Locator messages() {
            return page.locator("[data-testid=chat-composite-message] [role=text]");
        }

        Locator status() {
            return page.locator(".chat [role=status]");
        }
    }

    /** The first user starts the chat; the others join it. */
    User join(String name, User... host) {
        BrowserContext context = browser.context(new NewContextOptions().setViewportSize(900, 700));
        contexts.add(context);
        Page page = browser.open(context);
        page.onRequest(request -> noteForeign(request.url()));
        page.navigate(host.length == 0 ? server.address() : host[0].page().url());
        page.locator("#name").fill(name);
        page.locator("form button").click();
        page.locator("#sendbox").waitFor();
        page.waitForURL(Pattern.compile("thread="));
        return new User(name, context, page, cuts.get((contexts.size() - 1) % cuts.size()));
    }

    private void noteForeign(String url) {
        String host = URI.create(url).getHost();
        if (host != null && !host.equals("localhost") && !host.equals("127.0.0.1")) {
            foreign.add(url);
        }
    }

    /** Requests to other machines than this one. */
    List<String> foreignRequests() {
        return List.copyOf(foreign);
    }

    static void send(User user, String text) {
        Locator box = user.page().locator("#sendbox");
        box.fill(text);
        box.press("Enter");
        assertThat(user.messages().last()).hasText(text, new LocatorAssertions.HasTextOptions().setTimeout(LIMIT_MS));
    }

    static void edit(User user, String text, String to) {
        choose(user, text, "edit");
        Locator box = user.page().locator("[data-ui-id=edit-box]");
        box.fill(to);
        box.press("Enter");
        box.waitFor(
                new Locator.WaitForOptions().setState(com.microsoft.playwright.options.WaitForSelectorState.DETACHED));
    }

    static void delete(User user, String text) {
        choose(user, text, "remove");
    }

    private static void choose(User user, String text, String action) {
        Locator message = user.page()
                .getByTestId("chat-composite-message")
                .filter(new Locator.FilterOptions()
                        .setHas(user.page().getByText(text, new Page.GetByTextOptions().setExact(true))));
        message.hover();
        // Not by the mouse: the bubble moves while it learns that it was seen.
        message.getByTestId("chat-composite-message-action-icon").dispatchEvent("click");
        // Menus of messages that were used before stay in the page, hidden.
        user.page()
                .locator("[data-testid=chat-composite-message-contextual-menu-" + action + "-action]:visible")
                .click();
    }

    static void rename(User user, String topic) {
        user.page().locator("[name=topic]").fill(topic);
        user.page().locator("header button").click();
    }

    static void remove(User user, User removed) {
        Object id = removed.page().evaluate("chat.getState().userId.communicationUserId");
        user.page().evaluate("id => chat.removeParticipant(id)", id);
    }

    /** Exactly these messages, in this order, and no more a little later. */
    static void assertShows(User user, String... texts) {
        assertThat(user.messages()).hasText(texts, new LocatorAssertions.HasTextOptions().setTimeout(LIMIT_MS));
        user.page().waitForTimeout(AGAIN_MS);
        assertThat(user.messages().allInnerTexts()).as(user.name()).containsExactly(texts);
    }

    static void assertTopic(User user, String topic) {
        user.page()
                .locator(".chat")
                .getByText(topic, new Locator.GetByTextOptions().setExact(true))
                .first()
                .waitFor();
    }

    static void assertParticipants(User user, String names) {
        assertThat(user.page().locator("#participants"))
                .hasText(names, new LocatorAssertions.HasTextOptions().setTimeout(LIMIT_MS));
    }

    /** The user is without a network until {@link #connect}. */
    static void disconnect(User user) {
        // New requests fail; frames of an open WebSocket wait, which is why the proxy cuts it.
        user.context().setOffline(true);
        user.cut().refuse();
    }

    static void connect(User user) {
        user.cut().admit();
        user.context().setOffline(false);
    }

    void picture(String what, User... users) {
        pictures++;
        for (User user : users) {
            String file = "%02d-%s-%s.png".formatted(pictures, what, user.name().toLowerCase(java.util.Locale.ROOT));
            user.page().screenshot(new Page.ScreenshotOptions().setPath(PICTURES.resolve(file)));
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        contexts.forEach(BrowserContext::close);
        server.close();
        for (Cuts cut : cuts) {
            cut.close();
        }
    }
}
