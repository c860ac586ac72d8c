package dev.chatgateway.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** client.js in a real browser, behind real proxies that do not let WebSocket or streams pass. */
class TransportFallbackIT {
    private static final int CUTS = 20;
    private static final int CUT_MS = 35;
    private static final int TABS = 8;
    private static final int LIVE_MS = 5_000;

    /** Connects and subscribes; the page then has what it received in {@code got}. Returns the time to live. */
    private static final String START = """
            async ([token, threadId]) => {
              const { ChatGatewayClient } = await import('/client.js');
              const begun = performance.now();
              const client = new ChatGatewayClient({ getToken: () => token });
              Object.assign(window, { client, got: [], resyncs: [] });
              client.on('chatMessageReceived', ({ message }) => got.push(message));
              client.on('resync', (event) => resyncs.push(event));
              await client.connect();
              await client.subscribe({ threadId, limit: 5 });
              return performance.now() - begun;
            }
            """;

    private static final String SEND =
            "async ([threadId, content]) => (await client.sendMessage({ threadId, content })).id";

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("embedded.rateLimits", "off");

    private static Browser browser;

    @TempDir
    private Path directory;

    private final ServiceUser ann = ServiceUser.create(GATEWAY);
    private final ServiceUser ben = ServiceUser.create(GATEWAY);
    private String thread;

    @BeforeAll
    static void start() throws IOException {
        NodeModules.requireChromium();
        ReverseProxy.require();
        browser = new Browser();
    }

    @AfterAll
    static void end() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void annAndBenHaveAThread() {
        thread = ann.createThread("Fallback", ben);
    }

    @Test
    void nginx_that_refuses_websocket_is_passed_by_a_stream() throws Exception {
        try (ReverseProxy proxy =
                ReverseProxy.withoutWebSocket(directory, GATEWAY.endpoints().http())) {
            everythingArrivesOnce(proxy.address(), "sse");
        }
    }

    @Test
    void haproxy_that_refuses_websocket_is_passed_by_a_stream() throws Exception {
        try (ReverseProxy proxy =
                ReverseProxy.haproxy(directory, GATEWAY.endpoints().http())) {
            everythingArrivesOnce(proxy.address(), "sse");
        }
    }

    @Test
    void nginx_that_buffers_is_passed_by_long_polls() throws Exception {
        try (ReverseProxy proxy =
                ReverseProxy.buffering(directory, GATEWAY.endpoints().http())) {
            everythingArrivesOnce(proxy.address(), "poll");
        }
    }

    @Test
    void proxy_that_swallows_frames_is_passed_by_a_stream() throws Exception {
        try (SwallowingProxy proxy = new SwallowingProxy(GATEWAY.endpoints().http())) {
            everythingArrivesOnce(proxy.address(), "sse");
        }
    }

    @Test
    void eight_tabs_share_a_stream() throws Exception {
        try (ReverseProxy proxy =
                ReverseProxy.withoutWebSocket(directory, GATEWAY.endpoints().http())) {
            everyTabIsLive(proxy.address());
        }
    }

    @Test
    void eight_tabs_share_a_long_poll() throws Exception {
        try (ReverseProxy proxy =
                ReverseProxy.buffering(directory, GATEWAY.endpoints().http())) {
            everyTabIsLive(proxy.address());
        }
    }

    @Test
    void eight_tabs_without_locks_take_turns() throws Exception {
        try (ReverseProxy proxy = ReverseProxy.withoutWebSocket(
                        directory, GATEWAY.endpoints().http());
                BrowserContext context = browser.context(new NewContextOptions())) {
            context.addInitScript("Object.defineProperty(navigator, 'locks', { value: undefined })");
            everyTabIsLive(proxy.address(), context);
        }
    }

    /** Also after the tab with the stream has been closed, and for a tab of another user in the same browser. */
    private void everyTabIsLive(URI proxy) {
        try (BrowserContext context = browser.context(new NewContextOptions())) {
            everyTabIsLive(proxy, context);
        }
    }

    private void everyTabIsLive(URI proxy, BrowserContext context) {
        List<Page> tabs = new ArrayList<>();
        for (int i = 0; i < TABS; i++) {
            Page tab = open(context, proxy.getPort());
            assertThat(start(tab, ann)).as("milliseconds to live of tab %s", i).isLessThan(LIVE_MS);
            tabs.add(tab);
        }
        Page other = open(context, proxy.getPort());
        start(other, ben);
        String first = send("to all");
        tabs.forEach(tab -> received(tab, first));
        received(other, first);
        tabs.remove(0).close();
        String second = send("after the first tab");
        tabs.forEach(tab -> received(tab, second));
        tabs.get(0).evaluate(SEND, List.of(thread, "from a tab"));
        tabs.forEach(tab -> received(tab, "from a tab"));
        received(other, "from a tab");
        assertThat(tabs)
                .allSatisfy(tab -> assertThat(tab.evaluate("got")).isEqualTo(List.of(first, second, "from a tab")));
        assertThat(other.evaluate("client.user.rawId")).isEqualTo(ben.id());
    }

    /** Also over cuts of all connections, for which messages are sent before, during and after. */
    private void everythingArrivesOnce(URI proxy, String transport) throws Exception {
        try (Cuts cuts = new Cuts(proxy);
                BrowserContext context = browser.context(new NewContextOptions())) {
            Page page = open(context, cuts.port());
            assertThat(start(page, ann)).as("milliseconds to live").isLessThan(LIVE_MS);
            List<String> sent = new ArrayList<>();
            sent.add(send("first"));
            received(page, "first");
            for (int i = 0; i < CUTS; i++) {
                sent.add(send("before " + i));
                cuts.refuse();
                sent.add(send("during " + i));
                Thread.sleep(CUT_MS);
                cuts.admit();
                sent.add(send("after " + i));
                Thread.sleep(CUT_MS);
            }
            String own = "from the page";
            page.evaluate(SEND, List.of(thread, own));
            sent.add(own);
            received(page, own);
            assertThat(page.evaluate("got")).isEqualTo(sent);
            assertThat(page.evaluate("resyncs")).isEqualTo(List.of());
            assertThat(page.evaluate("Object.values(sessionStorage)")).isEqualTo(List.of(transport));
        }
    }

    private static Page open(BrowserContext context, int port) {
        Page page = context.newPage();
        // Any document of the origin.
        page.navigate("http://127.0.0.1:" + port + "/client.d.ts");
        return page;
    }

    private int start(Page page, ServiceUser user) {
        return ((Number) page.evaluate(START, List.of(user.token(), thread))).intValue();
    }

    private String send(String text) {
        ben.send(thread, text);
        return text;
    }

    private static void received(Page page, String text) {
        page.waitForFunction(
                "(text) => got.includes(text)", text, new Page.WaitForFunctionOptions().setTimeout(LIVE_MS));
    }
}
