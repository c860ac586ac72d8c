package dev.chatgateway.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A network namespace for each node, with two links: one to the other nodes, one to clients and service. Cutting the
 * first isolates a node as a broken switch does, without any socket being told. Needs root and iproute2.
 */
final class Namespaces implements AutoCloseable {
    /** The tests' own address, where nodes find the service. */
    static final String OUTSIDE = "10.77.2.1";

    private static final String CLUSTER_BRIDGE = "cgbr1";
    private static final String CLIENT_BRIDGE = "cgbr2";
    private final int nodes;

    /** Where a node runs: its addresses for nodes and for clients, and what goes before its command. */
    record Place(String cluster, String clients, List<String> prefix) {
        static final Place LOOPBACK = new Place("127.0.0.1", "127.0.0.1", List.of());
    }

    Namespaces(int nodes) {
        this.nodes = nodes;
        close();
        bridge(CLUSTER_BRIDGE, "10.77.1.1/24");
        bridge(CLIENT_BRIDGE, OUTSIDE + "/24");
        for (int i = 0; i < nodes; i++) {
            ip("netns add " + name(i));
            ip("-n " + name(i) + " link set lo up");
            link(i, CLUSTER_BRIDGE, 1);
            link(i, CLIENT_BRIDGE, 2);
        }
    }

    Place place(int node) {
        return new Place(address(1, node), address(2, node), List.of("ip", "netns", "exec", name(node)));
    }

    /** Takes a node's link to the others away, or brings it back. */
    void cut(int node, boolean away) {
        ip("link set " + link(node, 1) + (away ? " down" : " up"));
    }

    private static void bridge(String bridge, String address) {
        ip("link add " + bridge + " type bridge");
        ip("addr add " + address + " dev " + bridge);
        ip("link set " + bridge + " up");
    }

    private static void link(int node, String bridge, int net) {
        String inside = "eth" + net;
        ip("link add " + link(node, net) + " type veth peer name " + inside + " netns " + name(node));
        ip("link set " + link(node, net) + " master " + bridge + " up");
        ip("-n " + name(node) + " addr add " + address(net, node) + "/24 dev " + inside);
        ip("-n " + name(node) + " link set " + inside + " up");
    }

    private static String name(int node) {
        return "cgn" + node;
    }

    private static String link(int node, int net) {
        return "cgv" + net + node;
    }

    private static String address(int net, int node) {
        return "10.77." + net + "." + (10 + node);
    }

    @Override
    public void close() {
        for (int i = 0; i < nodes; i++) {
            // Links first: those of a namespace that is deleted go some time later.
            run("link del " + link(i, 1));
            run("link del " + link(i, 2));
            run("netns del " + name(i));
        }
        run("link del " + CLUSTER_BRIDGE);
        run("link del " + CLIENT_BRIDGE);
    }

    private static void ip(String arguments) {
        if (run(arguments) != 0) {
            throw new AssertionError("ip " + arguments + " failed (expected: root, iproute2)");
        }
    }

    private static int run(String arguments) {
        try {
            Process process = new ProcessBuilder(Stream.concat(Stream.of("ip"), Stream.of(arguments.split(" ")))
                            .toList())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(20, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }
}
