package dev.chatgateway.signaling;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import org.junit.jupiter.api.Test;

/** The end of the live channel when the gateway stops without asking its clients to reconnect. */
class SignalingStopIT {
    @Test
    void stopping_gateway_sends_the_goodbye_packet() throws Exception {
        GatewayExtension gateway = new GatewayExtension().with("process.reconnectSeconds", "0");
        gateway.beforeAll(null);
        LiveChannelClient.Connection client;
        try {
            ServiceUser user = ServiceUser.create(gateway);
            client = new LiveChannelClient(user, "stopped")
                    .connect(gateway.endpoints().http());
        } finally {
            gateway.afterAll(null);
        }
        client.await("0::");
    }
}
