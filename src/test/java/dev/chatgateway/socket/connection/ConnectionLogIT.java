package dev.chatgateway.socket.connection;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** A closed connection logs one line, without tokens and content. */
class ConnectionLogIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension();

    private final Logger logger = (Logger) LoggerFactory.getLogger(ConnectionLog.class);
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage());
        }
    };

    @BeforeEach
    void listen() {
        appender.setContext(logger.getLoggerContext());
        appender.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(appender);
    }

    @AfterEach
    void leave() {
        logger.detachAppender(appender);
        logger.setLevel(null);
    }

    @Test
    void closed_connection_logs_one_line() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        JsonObject on = new JsonObject().put("threadId", ann.createThread("Lunch"));
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, ann)) {
            socket.call("subscribe", on);
            socket.call("sendMessage", on.copy().put("content", "not for logs"));
            socket.event("chatMessageReceived", e -> true);
        }
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !lines.isEmpty());
        assertThat(lines).hasSize(1);
        assertThat(lines.get(0))
                .matches("connection c\\d+ of " + ann.id() + " ended with \\d{4} after \\d+ s: 1 subscriptions,"
                        + " in [3-9] frames \\d{3,} bytes, out \\d+ frames \\d{3,} bytes, over websocket")
                .doesNotContain(ann.token(), "not for logs");
    }
}
