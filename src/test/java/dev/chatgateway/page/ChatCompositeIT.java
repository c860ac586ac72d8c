package dev.chatgateway.page;

import static dev.chatgateway.page.CompositeScenario.assertParticipants;
import static dev.chatgateway.page.CompositeScenario.assertShows;
import static dev.chatgateway.page.CompositeScenario.assertTopic;
import static dev.chatgateway.page.CompositeScenario.connect;
import static dev.chatgateway.page.CompositeScenario.delete;
import static dev.chatgateway.page.CompositeScenario.disconnect;
import static dev.chatgateway.page.CompositeScenario.edit;
import static dev.chatgateway.page.CompositeScenario.remove;
import static dev.chatgateway.page.CompositeScenario.rename;
import static dev.chatgateway.page.CompositeScenario.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.page.CompositeScenario.User;
import dev.chatgateway.testing.GatewayExtension;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Microsoft's ChatComposite, unmodified, as {@code examples/chat-composite} uses it, in browsers that trust the authority. */
class ChatCompositeIT {
    private static final int CUT_MS = 6_000;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("embedded.rateLimits", "off");

    @BeforeAll
    static void needs() throws Exception {
        NodeModules.requireChromium();
        ExampleServer.require();
        TrustingHome.require();
    }

    @Test
    void two_users_see_everything_also_over_cuts(@TempDir Path home) throws Exception {
        chat(List.of(GATEWAY.endpoints().https()), home);
    }

    @Test
    void embedded_service_as_endpoint_is_enough(@TempDir Path home) throws Exception {
        try (Browser browser = browser(home);
                CompositeScenario scenario = scenario(browser, List.of(GATEWAY.service()))) {
            User ann = scenario.join("Ann");
            User ben = scenario.join("Ben", ann);
            send(ann, "Hello Ben");
            assertShows(ben, "Hello Ben");
            assertTyping(ben, ann);
        }
    }

    private static void chat(List<URI> endpoints, Path home) throws Exception {
        try (Browser browser = browser(home);
                CompositeScenario scenario = scenario(browser, endpoints)) {
            User ann = scenario.join("Ann");
            User ben = scenario.join("Ben", ann);
            assertParticipants(ann, "Ann, Ben");
            send(ann, "one");
            assertShows(ben, "one");
            send(ben, "two");
            assertShows(ann, "one", "two");
            ann.page()
                    .locator("[data-ui-id=chat-composite-message-status-icon][aria-label='Message seen by others']")
                    .waitFor();
            assertTyping(ben, ann);
            scenario.picture("messages", ann, ben);

            edit(ann, "one", "one, edited");
            assertShows(ben, "one, edited", "two");
            delete(ben, "two");
            assertShows(ann, "one, edited");
            rename(ben, "Dinner 100%");
            assertTopic(ann, "Dinner 100%");
            scenario.picture("changes", ann, ben);

            cutOf(ben, ann, scenario);
            cutOf(ann, ben, scenario);

            User cat = scenario.join("Cat", ann);
            assertParticipants(ben, "Ann, Ben, Cat");
            assertShows(
                    cat, "one, edited", "cut of Ben 1, edited", "cut of Ben 3", "cut of Ann 1, edited", "cut of Ann 3");
            remove(ann, cat);
            assertParticipants(ben, "Ann, Ben");
            assertParticipants(cat, "Ann, Ben");
            send(ben, "without Cat");
            String[] all = {
                "one, edited",
                "cut of Ben 1, edited",
                "cut of Ben 3",
                "cut of Ann 1, edited",
                "cut of Ann 3",
                "without Cat"
            };
            assertShows(ann, all);
            assertShows(ben, all);
            assertThat(cat.messages().allInnerTexts()).doesNotContain("without Cat");
            scenario.picture("end", ann, ben, cat);

            assertThat(scenario.foreignRequests()).isEmpty();
            assertThat(browser.complaints()).noneMatch(line -> line.startsWith("page error"));
        }
    }

    /** One user is cut off while the other one writes, edits, deletes and renames. */
    private static void cutOf(User away, User writer, CompositeScenario scenario) {
        List<String> before = away.messages().allInnerTexts();
        String text = "cut of " + away.name() + " ";
        disconnect(away);
        for (int i = 1; i <= 3; i++) {
            send(writer, text + i);
        }
        edit(writer, text + 1, text + "1, edited");
        delete(writer, text + 2);
        rename(writer, "Cut of " + away.name());
        away.page().waitForTimeout(CUT_MS);
        assertThat(away.messages().allInnerTexts()).isEqualTo(before);
        scenario.picture("cut-of-" + away.name(), away, writer);

        connect(away);
        String[] after = java.util.stream.Stream.concat(
                        before.stream(), java.util.stream.Stream.of(text + "1, edited", text + 3))
                .toArray(String[]::new);
        assertShows(away, after);
        assertShows(writer, after);
        assertTopic(away, "Cut of " + away.name());
    }

    private static void assertTyping(User typist, User other) {
        typist.page().locator("#sendbox").pressSequentially("hm");
        other.page()
                .locator("[data-ui-id=typing-indicator]")
                .getByText(typist.name() + " is typing ...")
                .waitFor();
        typist.page().locator("#sendbox").fill("");
    }

    private static Browser browser(Path home) throws Exception {
        return new Browser(TrustingHome.create(home, GATEWAY.endpoints().caPem()));
    }

    private static CompositeScenario scenario(Browser browser, List<URI> endpoints) throws Exception {
        return new CompositeScenario(
                browser,
                endpoints,
                GATEWAY.endpoints().embedded().orElseThrow().connectionString(),
                GATEWAY.endpoints().caPem().getParent().getParent());
    }
}
