package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.HeldSocket;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A body that a time limit or its client cuts off is no failure of the gateway's, and fills no log. */
class CutBodiesIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("management.ingest", "true")
            .with("events.secret", "a-secret-of-the-webhook-of-some-length")
            .with("limits.bodySeconds", "1");

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
                lines.add(event.getLoggerName() + " " + event.getFormattedMessage());
            }
        }
    };

    @BeforeEach
    void listen() {
        appender.setContext(root.getLoggerContext());
        appender.start();
        root.addAppender(appender);
    }

    @AfterEach
    void stop() {
        root.detachAppender(appender);
    }

    private static URI server(String path) {
        boolean management = path.equals("/faults") || path.startsWith("/ingest");
        return management
                ? GATEWAY.endpoints().management()
                : GATEWAY.endpoints().http();
    }

    private static String head(String path) {
        return (path.equals("/faults") ? "PUT " : "POST ") + path + " HTTP/1.1\r\nHost: localhost:"
                + server(path).getPort() + "\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    }

    @ParameterizedTest
    @ValueSource(strings = {"/dev/users", "/events", "/faults", "/ingest/threads/a/messages", "/chat/threads"})
    void cut_body_leaves_no_line(String path) throws IOException {
        try (HeldSocket late = new HeldSocket(server(path))) {
            late.send(head(path)).end();
        }
        try (HeldSocket gone = new HeldSocket(server(path))) {
            gone.send(head(path));
        }
        // What a loop has been told of before is done by the time that it answers this.
        for (int i = 0; i < 20; i++) {
            try (HeldSocket next = new HeldSocket(server(path))) {
                assertThat(next.send("GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .head())
                        .startsWith("HTTP/1.1 404");
            }
        }
        assertThat(lines).isEmpty();
    }
}
