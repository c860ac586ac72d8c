package dev.chatgateway.official;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import dev.chatgateway.testing.TcpProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The README's examples of event streams: curl, Python and Node's {@code eventsource}, whose connections are cut. */
class StreamClientsIT {
    private static final String SECTION = "Events without WebSocket";
    private static final Path HERE = Path.of(".");
    private static final Path SCRIPTS = Path.of("src/test/js");
    private static final String PYTHON = "/usr/bin/python3";
    /** Some libraries take the separator in it for the end of a line. */
    private static final String WHILE_CUT = "two \u2028 while cut";

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("embedded.rateLimits", "off");

    private final TcpProxy proxy = new TcpProxy(GATEWAY.endpoints().http());
    private final ServiceUser ann = ServiceUser.create(GATEWAY);
    private final ServiceUser ben = ServiceUser.create(GATEWAY);
    private final String thread = ann.createThread("Lunch", ben);

    @AfterEach
    void closeProxy() {
        proxy.close();
    }

    private Map<String, String> environment(String cursor) {
        return Map.of("GATEWAY", proxy.uri(), "TOKEN", ann.token(), "THREAD", thread, "CURSOR", cursor);
    }

    private static String block(String language, int index) throws IOException {
        return ReadmeExample.blocks(SECTION, language).get(index);
    }

    @Test
    void curl_goes_on_from_the_last_id_and_sends_messages() throws IOException, InterruptedException {
        ExternalClient.require(
                new ExternalClient(HERE, Map.of()).works("curl", "--version"), "needs curl (apt-get install curl)");
        String stream = block("sh", 0);
        String cursor;
        try (ReadmeExample curl = ReadmeExample.start(HERE, environment(""), stream, "sh", "-c")) {
            curl.await("event: subscribed");
            try (ReadmeExample send = ReadmeExample.start(HERE, environment(""), block("sh", 1), "sh", "-c")) {
                assertThat(send.exitCode()).isZero();
                send.await("\"result\":{\"id\":");
            }
            curl.await("\"Pizza?\"");
            cursor = curl.lines().stream()
                    .filter(line -> line.startsWith("id: "))
                    .reduce((first, last) -> last)
                    .orElseThrow()
                    .substring(4);
            proxy.cut();
            assertThat(curl.exitCode()).as("%s", curl.lines()).isNotZero();
        }
        ben.send(thread, WHILE_CUT);
        proxy.restore();
        try (ReadmeExample curl = ReadmeExample.start(HERE, environment(cursor), stream, "sh", "-c")) {
            curl.await(WHILE_CUT);
            ben.send(thread, "three");
            curl.await("\"three\"");
            assertThat(messages(curl, "data: ")).containsExactly(WHILE_CUT, "three");
        }
    }

    @Test
    void python_example_survives_a_cut() throws IOException, InterruptedException {
        ExternalClient.require(
                new ExternalClient(HERE, Map.of()).works(PYTHON, "-c", "import httpx"),
                "needs httpx (apt-get install --no-install-recommends python3-httpx)");
        try (ReadmeExample python =
                ReadmeExample.start(HERE, environment(""), block("python", 0), PYTHON, "-B", "-c")) {
            receivesAllInSpiteOfACut(python);
        }
    }

    @Test
    void eventsource_example_survives_a_cut() throws IOException, InterruptedException {
        ExternalClient.require(
                new ExternalClient(SCRIPTS, Map.of())
                        .works("node", "-e", "process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)"),
                "needs Node 20 or later (node)");
        ExternalClient.require(
                Files.isDirectory(SCRIPTS.resolve("node_modules/eventsource")),
                "needs the packages of the lock file (npm ci --prefix src/test/js)");
        // Node resolves the import from the directory of the process.
        try (ReadmeExample node = ReadmeExample.start(
                SCRIPTS, environment(""), block("js", 0), "node", "--no-warnings", "--input-type=module", "-e")) {
            receivesAllInSpiteOfACut(node);
        }
    }

    private void receivesAllInSpiteOfACut(ReadmeExample client) {
        client.await("subscribed {");
        ben.send(thread, "one");
        client.await("\"one\"");
        proxy.cut();
        ben.send(thread, WHILE_CUT);
        proxy.restore();
        client.await(WHILE_CUT);
        ben.send(thread, "three");
        client.await("\"three\"");
        assertThat(messages(client, "chatMessageReceived ")).containsExactly("one", WHILE_CUT, "three");
    }

    private static List<String> messages(ReadmeExample client, String prefix) {
        Pattern message = Pattern.compile("\"message\":\"([^\"]*)\"");
        return client.lines().stream()
                .filter(line -> line.startsWith(prefix))
                .flatMap(line -> message.matcher(line).results().map(found -> found.group(1)))
                .toList();
    }

    @Test
    void all_examples_of_the_section_are_run() throws IOException {
        assertThat(Stream.of("sh", "python", "js").map(language -> {
                    try {
                        return ReadmeExample.blocks(SECTION, language).size();
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }))
                .containsExactly(2, 1, 1);
    }
}
