package dev.chatgateway.poll;

import static dev.chatgateway.poll.ThreadRegistryFixture.ALICE;
import static dev.chatgateway.poll.ThreadRegistryFixture.BOB;
import static dev.chatgateway.poll.ThreadRegistryFixture.CAROL;

import dev.chatgateway.event.ChatMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A random history of a thread and of clients that connect, disconnect and resume, with faults, skewed clocks,
 * whole-second times and tied versions. At the end each client has the service's state as far as its user sees it, and
 * received no state twice on a connection. Runs the real ThreadRegistry and hub in virtual time, and compares with the
 * fake thread.
 */
final class History {
    private static final List<String> USERS = List.of(ALICE, BOB, CAROL);
    private static final int MAX_MESSAGES = 120;

    private History() {}

    /** Throws an AssertionError if a client ends in another state. */
    static void run(Dice dice) {
        try (HubNode node =
                new HubNode(ThreadRegistryFixture.config(5_000, 10, dice.coin()), dice.between(-1, 1) * 1_500)) {
            node.onLoop(() -> {
                for (int i = dice.between(0, 60); i > 0; i--) {
                    node.thread.send(BOB, "old " + i);
                }
            });
            node.pass(500);
            Map<String, OracleClient> clients = new HashMap<>();
            for (int step = dice.between(5, 40); step > 0; step--) {
                node.onLoop(() -> write(dice, node.thread));
                node.pass(dice.coin() ? dice.between(0, 400) : dice.between(0, 20_000));
                actAsClient(dice, node, clients);
            }
            node.onLoop(() -> node.thread.fault = call -> null);
            for (int i = 0; i < 4; i++) {
                node.pass(60_000);
                node.answer(() -> clients.values().stream().noneMatch(OracleClient::isPending));
                clients.values().forEach(client -> client.followUp(node));
            }
            clients.forEach((user, client) -> client.check(node.thread));
        }
    }

    /** A random client connects, with its cursor if it has one, disconnects or subscribes again. */
    private static void actAsClient(Dice dice, HubNode node, Map<String, OracleClient> clients) {
        String user = USERS.get(dice.between(0, USERS.size() - 1));
        OracleClient client = clients.computeIfAbsent(user, OracleClient::new);
        switch (dice.between(0, 5)) {
            case 0, 1 -> client.connect(node);
            case 2 -> client.disconnect(node);
            case 3 -> client.subscribeAgain();
            default -> clients.values().forEach(c -> c.followUp(node));
        }
    }

    private static void write(Dice dice, FakeThread thread) {
        List<ChatMessage> texts = new ArrayList<>(thread.messages.values());
        texts.removeIf(m -> m.type().system() || m.deleted());
        boolean mayGrow = thread.messages.size() < MAX_MESSAGES;
        String user = USERS.get(dice.between(1, 2));
        switch (dice.between(0, 13)) {
            case 0, 1, 2 -> {
                // Several messages in one millisecond.
                for (int i = dice.between(1, 3); i > 0 && thread.messages.size() < MAX_MESSAGES; i--) {
                    thread.send(BOB, "m");
                }
            }
            case 3, 4 -> {
                // Several messages with the same version.
                for (int i = dice.between(1, 2); i > 0 && !texts.isEmpty(); i--) {
                    thread.edit(texts.get(dice.between(0, texts.size() - 1)), "e" + i);
                }
            }
            case 5 -> {
                if (!texts.isEmpty()) {
                    thread.delete(texts.get(dice.between(0, texts.size() - 1)));
                }
            }
            case 6 -> {
                if (!texts.isEmpty()) {
                    thread.read(ALICE, texts.get(texts.size() - 1));
                }
            }
            case 7 -> {
                if (mayGrow) {
                    thread.rename("topic " + dice.between(0, 1000));
                }
            }
            case 8 -> {
                if (mayGrow && thread.members.containsKey(user)) {
                    thread.remove(user);
                }
            }
            case 9 -> {
                if (mayGrow && !thread.members.containsKey(user)) {
                    thread.add(user, visibleFrom(dice, thread));
                }
            }
            case 10 -> {
                if (mayGrow) {
                    // Listed later than newer messages, within the overlap.
                    thread.late(thread.send(BOB, "late"), dice.between(1, 4_500));
                } else if (!texts.isEmpty()) {
                    thread.late(thread.edit(texts.get(dice.between(0, texts.size() - 1)), "late"), 4_500);
                }
            }
            case 11 -> {
                if (!texts.isEmpty() && dice.between(0, 4) == 0) {
                    thread.editAhead(texts.get(dice.between(0, texts.size() - 1)), 3_600_000);
                }
            }
            case 12 -> thread.fault = call -> dice.between(0, 9) == 0 ? FakeThread.down() : null;
            default -> thread.fault = call -> null;
        }
    }

    /** The whole history, the present time, or the present time in whole seconds. */
    private static long visibleFrom(Dice dice, FakeThread thread) {
        long now = thread.ticker.now() + thread.skewMs;
        return switch (dice.between(0, 2)) {
            case 0 -> 0;
            case 1 -> now;
            default -> now / 1000 * 1000;
        };
    }
}
