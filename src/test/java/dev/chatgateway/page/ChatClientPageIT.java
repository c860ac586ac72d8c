package dev.chatgateway.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import dev.chatgateway.official.ExternalClient;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The unmodified chat client in a page of another origin, in a real browser, with the gateway as its endpoint. */
class ChatClientPageIT {
    private static final Path SCRIPTS = Path.of("src/test/js");
    private static final String NEWEST = "@azure/communication-chat";
    private static final String FIRST = "communication-chat-1.5.4";
    private static final String HTML = """
            <!doctype html><meta charset="utf-8"><title>Test</title>
            <script type="module" src="/script.js"></script>
            """;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("embedded.rateLimits", "off");

    private static Browser browser;

    @BeforeAll
    static void start() throws IOException {
        NodeModules.requireChromium();
        ExternalClient.require(
                Files.isDirectory(SCRIPTS.resolve("node_modules/esbuild"))
                        && Files.isDirectory(SCRIPTS.resolve("node_modules/" + FIRST)),
                "needs the packages of the lock file (npm ci --prefix src/test/js)");
        browser = new Browser();
    }

    @AfterAll
    static void end() {
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void newest_client_receives_all_events() throws Exception {
        assertAllPass("realtime.test.js", NEWEST, 9);
    }

    @Test
    void first_redirectable_client_receives_all_events() throws Exception {
        assertAllPass("realtime.test.js", FIRST, 9);
    }

    @Test
    void page_without_websocket_polls() throws Exception {
        assertAllPass("realtime-polling.test.js", NEWEST, 1);
    }

    private static void assertAllPass(String script, String chatPackage, int count) throws Exception {
        try (PageServer server = server(script, chatPackage);
                BrowserContext context = context()) {
            Object lines = open(context, server, endpoint(), chatPackage).evaluate("runTests()");
            assertThat((List<?>) lines).hasSizeGreaterThanOrEqualTo(count).allSatisfy(line -> assertThat((String) line)
                    .startsWith("ok "));
        }
    }

    @Test
    void two_tabs_of_a_user_receive_everything() throws Exception {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        ServiceUser ben = ServiceUser.create(GATEWAY);
        String thread = ann.createThread("tabs", ben);
        try (PageServer server = server("browser/tab.js", NEWEST);
                BrowserContext context = context()) {
            Page one = open(context, server, endpoint(), NEWEST);
            Page two = open(context, server, endpoint(), NEWEST);
            for (Page tab : List.of(one, two)) {
                tab.evaluate("id => signIn(id)", ben.id());
            }
            List<String> sent = send(ann, thread, 0, 5);
            assertReceived(one, sent);
            assertReceived(two, sent);

            one.close();
            sent.addAll(send(ann, thread, 5, 8));
            assertReceived(two, sent);
        }
    }

    @Test
    void page_that_was_offline_receives_everything_once() throws Exception {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        ServiceUser ben = ServiceUser.create(GATEWAY);
        String thread = ann.createThread("offline", ben);
        try (PageServer server = server("browser/tab.js", NEWEST);
                Cuts cuts = new Cuts(GATEWAY.endpoints().https());
                BrowserContext context = context()) {
            Page page = open(context, server, "https://localhost:" + cuts.port(), NEWEST);
            page.evaluate("id => signIn(id)", ben.id());
            List<String> sent = send(ann, thread, 0, 3);
            assertReceived(page, sent);

            context.setOffline(true);
            // Offline stops new requests; this cuts the open sockets as well.
            cuts.refuse();
            sent.addAll(send(ann, thread, 3, 8));
            page.waitForFunction("() => client.disconnected > 0");
            page.waitForTimeout(3_000);
            assertThat(page.evaluate("client.texts().length")).isEqualTo(3);

            cuts.admit();
            context.setOffline(false);
            assertReceived(page, sent);
            sent.addAll(send(ann, thread, 8, 10));
            assertReceived(page, sent);
        }
    }

    /** Everything has arrived, in order; what would come twice has time to. */
    private static void assertReceived(Page page, List<String> sent) {
        page.evaluate("([count, limit]) => waitForTexts(count, limit)", List.of(sent.size(), 30_000));
        page.waitForTimeout(500);
        assertThat(page.evaluate("texts()")).isEqualTo(sent);
    }

    private static List<String> send(ServiceUser sender, String thread, int from, int to) {
        List<String> texts = new ArrayList<>();
        for (int i = from; i < to; i++) {
            texts.add("message " + i);
            sender.send(thread, texts.get(texts.size() - 1));
        }
        return texts;
    }

    private static PageServer server(String script, String chatPackage) throws IOException, InterruptedException {
        Path bundle = Path.of("target/page-" + Path.of(script).getFileName() + "-"
                        + Path.of(chatPackage).getFileName() + ".js")
                .toAbsolutePath();
        new ExternalClient(SCRIPTS, Map.of()).run("node", "browser/bundle.js", script, chatPackage, bundle.toString());
        return new PageServer(HTML, bundle, GATEWAY.endpoints().http());
    }

    private static BrowserContext context() {
        return browser.context(new NewContextOptions().setIgnoreHTTPSErrors(true));
    }

    private static Page open(BrowserContext context, PageServer server, String endpoint, String chatPackage) {
        Page page = browser.open(context);
        page.addInitScript("globalThis.testEnvironment = { CHAT_ENDPOINT: '" + endpoint + "', DEVELOPMENT_ENDPOINT: '"
                + server.address() + "', CHAT_PACKAGE: '" + chatPackage + "' };");
        page.navigate(server.address());
        return page;
    }

    private static String endpoint() {
        String https = GATEWAY.endpoints().https().toString();
        return https.substring(0, https.length() - 1);
    }
}
