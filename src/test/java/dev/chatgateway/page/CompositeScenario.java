package dev.chatgateway.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Users of the example, who chat with the unmodified ChatComposite. Two endpoints may be two nodes of a cluster: the first
 * user takes the first one, the second user the second one. Screenshots are written to target/composite.
 */
public final class CompositeScenario implements AutoCloseable {
    private static final Path PICTURES = Path.of("target/composite");
    private static final int CUT_MS = 5_000;

    private final Browser browser;
    private final List<Cuts> cuts = new ArrayList<>();
    private final List<BrowserContext> contexts = new ArrayList<>();
    private final List<String> foreign = Collections.synchronizedList(new ArrayList<>());
    private final ExampleServer server;
    private int pictures;

    /**
     * @param endpoints the gateway's https listeners on this machine, one or two
     * @param connectionString of the identity service
     * @param data the gateway's data directory, whose authority the browser trusts
     */
    public CompositeScenario(Browser browser, List<URI> endpoints, String connectionString, Path data)
            throws IOException {
        this.browser = browser;
        for (int i = 0; i < 2; i++) {
            cuts.add(new Cuts(endpoints.get(i % endpoints.size())));
        }
        List<String> named =
                cuts.stream().map(cut -> "https://localhost:" + cut.port()).toList();
        server = new ExampleServer(named, connectionString, data);
    }

    /** Starts a chat. */
    public CompositeUser join(String name) {
        return join(name, server.address());
    }

    /** Joins the chat of another user. */
    public CompositeUser join(String name, CompositeUser host) {
        return join(name, host.page().url());
    }

    private CompositeUser join(String name, String address) {
        BrowserContext context = browser.context(new NewContextOptions().setViewportSize(900, 700));
        contexts.add(context);
        Page page = browser.open(context);
        page.onRequest(request -> noteForeign(request.url()));
        page.navigate(address);
        page.locator("#name").fill(name);
        page.locator("form button").click();
        page.locator("#sendbox").waitFor();
        page.waitForURL(Pattern.compile("thread="));
        return new CompositeUser(name, context, page, cuts.get((contexts.size() - 1) % cuts.size()));
    }

    private void noteForeign(String url) {
        String host = URI.create(url).getHost();
        if (host != null && !host.equals("localhost") && !host.equals("127.0.0.1")) {
            foreign.add(url);
        }
    }

    /** Two users: messages, receipts, typing, edits, deletes, topics, participants, and a cut of each user. */
    public void run() {
        CompositeUser ann = join("Ann");
        CompositeUser ben = join("Ben", ann);
        ann.assertParticipants("Ann, Ben");
        ann.send("one");
        ben.assertShows("one");
        ben.send("two");
        ann.assertShows("one", "two");
        ann.assertSeen();
        ben.typeUntil(ann);
        picture("messages", ann, ben);

        ann.edit("one", "one, edited");
        ben.assertShows("one, edited", "two");
        ben.delete("two");
        ann.assertShows("one, edited");
        ben.rename("Dinner 100%");
        ann.assertTopic("Dinner 100%");
        picture("changes", ann, ben);

        cut(ben, ann);
        cut(ann, ben);
        thirdUser(ann, ben);

        assertThat(foreign).as("requests to other machines").isEmpty();
        assertThat(browser.complaints()).noneMatch(line -> line.startsWith("page error"));
    }

    /** One user is cut off while the other one writes, edits, deletes and renames. */
    public void cut(CompositeUser away, CompositeUser writer) {
        List<String> before = away.texts();
        String text = "cut of " + away.name() + " ";
        away.disconnect();
        for (int i = 1; i <= 3; i++) {
            writer.send(text + i);
        }
        writer.edit(text + 1, text + "1, edited");
        writer.delete(text + 2);
        writer.rename("Cut of " + away.name());
        away.page().waitForTimeout(CUT_MS);
        assertThat(away.texts()).isEqualTo(before);
        picture("cut-of-" + away.name(), away, writer);

        away.connect();
        List<String> after = new ArrayList<>(before);
        after.addAll(List.of(text + "1, edited", text + 3));
        away.assertShows(after.toArray(String[]::new));
        writer.assertShows(after.toArray(String[]::new));
        away.assertTopic("Cut of " + away.name());
    }

    private void thirdUser(CompositeUser ann, CompositeUser ben) {
        List<String> texts = new ArrayList<>(ben.texts());
        CompositeUser cat = join("Cat", ann);
        ben.assertParticipants("Ann, Ben, Cat");
        cat.assertShows(texts.toArray(String[]::new));
        ann.remove(cat);
        ben.assertParticipants("Ann, Ben");
        cat.assertParticipants("Ann, Ben");

        ben.send("without Cat");
        texts.add("without Cat");
        ann.assertShows(texts.toArray(String[]::new));
        ben.assertShows(texts.toArray(String[]::new));
        assertThat(cat.texts()).doesNotContain("without Cat");
        picture("end", ann, ben, cat);
    }

    /** Writes a screenshot of each user. */
    public void picture(String what, CompositeUser... users) {
        pictures++;
        for (CompositeUser user : users) {
            String file =
                    "%02d-%s-%s.png".formatted(pictures, what, user.name()).toLowerCase(Locale.ROOT);
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
