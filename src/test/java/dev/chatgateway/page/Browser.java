package dev.chatgateway.page;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Debian's Chromium, without a screen. What goes wrong in any tab (errors, policy violations) is collected. */
public final class Browser implements AutoCloseable {
    private static final List<String> FLAGS = List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");
    private static final int LIMIT_MS = 30_000;
    private static final Set<String> BAD = Set.of("serious", "critical");

    private final Playwright playwright;
    private final com.microsoft.playwright.Browser browser;
    private final String axe;
    private final List<String> complaints = new ArrayList<>();

    Browser() throws IOException {
        this(Map.of());
    }

    /** With environment variables for the browser beside those of this process. */
    public Browser(Map<String, String> environment) throws IOException {
        Map<String, String> all = new HashMap<>(System.getenv());
        all.putAll(environment);
        axe = Files.readString(NodeModules.WEB_TESTS.resolve("node_modules/axe-core/axe.min.js"));
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new LaunchOptions()
                        .setExecutablePath(NodeModules.CHROMIUM)
                        .setArgs(FLAGS)
                        .setEnv(all)
                        .setTimeout(2 * LIMIT_MS));
    }

    /** A tab with a session of its own, as another person's browser would be. */
    Page open(int width, int height, ColorScheme colors) {
        return open(
                context(new NewContextOptions().setViewportSize(width, height).setColorScheme(colors)));
    }

    /** A session of its own, as another person's browser would have. */
    BrowserContext context(NewContextOptions options) {
        BrowserContext context = browser.newContext(options);
        context.setDefaultTimeout(LIMIT_MS);
        return context;
    }

    /** A further tab of a session. */
    Page open(BrowserContext context) {
        Page page = context.newPage();
        page.onPageError(error -> complaints.add("page error: " + error));
        page.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                complaints.add(message.type() + ": " + message.text());
            }
        });
        return page;
    }

    /** Errors and warnings of all tabs so far, refused scripts and connections among them. */
    List<String> complaints() {
        return List.copyOf(complaints);
    }

    /** What axe-core finds serious or critical in the page as it is shown now. */
    List<String> accessibilityFindings(Page page) {
        page.evaluate(axe);
        // A finished transition only: colours on their way from one scheme to the other are nobody's design.
        page.evaluate("Promise.all(document.getAnimations()"
                + ".filter((animation) => animation.effect.getTiming().iterations !== Infinity)"
                + ".map((animation) => animation.finished))");
        Object violations = page.evaluate("axe.run(document).then((result) => JSON.stringify(result.violations))");
        List<String> findings = new ArrayList<>();
        for (Object entry : new JsonArray((String) violations)) {
            JsonObject violation = (JsonObject) entry;
            if (BAD.contains(violation.getString("impact"))) {
                findings.add(violation.getString("id") + ": "
                        + violation.getJsonArray("nodes").encode());
            }
        }
        return findings;
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
