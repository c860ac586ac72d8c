package dev.chatgateway.soak;

import dev.chatgateway.soak.NodeProcess.Ports;
import dev.chatgateway.testing.GatewayExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Nodes of one cluster as processes, for measurements: all the same, each ready when it is handed out. */
final class NodeFarm implements AutoCloseable {
    private final GatewayExtension service;
    private final Path logs;
    private final Map<String, String> settings = new HashMap<>();
    private final List<Ports> ports = new ArrayList<>();
    private final List<NodeProcess> nodes = new ArrayList<>();

    /** @param more settings that all nodes get, named without their prefix */
    NodeFarm(GatewayExtension service, Path logs, int count, Map<String, String> more) throws Exception {
        this.service = service;
        this.logs = Files.createDirectories(logs);
        settings.putAll(NodeCertificates.in(logs.resolve("tls")));
        settings.putAll(more);
        for (int i = 0; i < count; i++) {
            ports.add(Ports.free(Namespaces.Place.LOOPBACK));
        }
    }

    NodeProcess start() throws IOException {
        int index = nodes.size();
        NodeProcess node =
                NodeProcess.start(service, ports.get(index), ports, settings, logs.resolve("node" + index + ".log"));
        nodes.add(node);
        return node.awaitReady();
    }

    List<SoakScenario.Site> sites() {
        return nodes.stream().map(NodeProcess::site).toList();
    }

    /** CPU of all nodes since their starts, in seconds. */
    double cpuSeconds() {
        return nodes.stream().mapToDouble(NodeProcess::cpuSeconds).sum();
    }

    @Override
    public void close() {
        nodes.forEach(NodeProcess::close);
    }
}
