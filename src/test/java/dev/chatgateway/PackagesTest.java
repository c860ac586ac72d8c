package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Size of packages, cycles of packages and of classes, and which package imports which. Nested classes count as their outer
 * class.
 */
class PackagesTest {
    private static final String ROOT = "dev.chatgateway";
    private static final int MOST_CLASSES = 25;
    private static final int MOST_IN_A_CYCLE = 3;
    /** Every package may import these, so that they are not in the table. */
    private static final Set<String> OPEN_TO_ALL = Set.of("event", "config", "metrics", "tracing");

    /** Name of a class to the names of those that it uses. */
    private static final Map<String, Set<String>> CLASSES = classes();

    private static final Map<String, Set<String>> PACKAGES = packages();

    @Test
    void package_has_25_classes_at_most() {
        Map<String, Long> sizes = CLASSES.keySet().stream()
                .collect(Collectors.groupingBy(PackagesTest::packageOf, TreeMap::new, Collectors.counting()));
        assertThat(sizes).allSatisfy((name, size) -> assertThat(size).as(name).isLessThanOrEqualTo(MOST_CLASSES));
    }

    @Test
    void packages_form_no_cycle() {
        assertThat(cycles(PACKAGES)).isEmpty();
    }

    /** The first part of a package's name counts here: {@code poll} and {@code poll.thread} are one. */
    @Test
    void top_level_packages_form_no_cycle() {
        Map<String, Set<String>> rooms = new TreeMap<>();
        PACKAGES.forEach((from, targets) -> targets.forEach(to -> {
            if (!room(from).equals(room(to))) {
                rooms.computeIfAbsent(room(from), name -> new TreeSet<>()).add(room(to));
            }
        }));
        assertThat(cycles(rooms)).isEmpty();
    }

    @Test
    void cycle_inside_a_package_has_3_classes_at_most() {
        assertThat(cycles(CLASSES)).allSatisfy(cycle -> assertThat(cycle).hasSizeLessThanOrEqualTo(MOST_IN_A_CYCLE));
    }

    @Test
    void no_two_classes_share_a_simple_name() {
        Map<String, List<String>> named = CLASSES.keySet().stream()
                .collect(Collectors.groupingBy(name -> name.substring(name.lastIndexOf('.') + 1)));
        named.values().removeIf(names -> names.size() == 1);
        assertThat(named).isEmpty();
    }

    /** The table is the whole truth: an arrow that is not in it fails, and so does one that nothing uses. */
    @Test
    void package_imports_are_those_of_the_table() throws IOException {
        StringBuilder found = new StringBuilder();
        PACKAGES.forEach((from, targets) -> {
            String to =
                    targets.stream().filter(name -> !OPEN_TO_ALL.contains(name)).collect(Collectors.joining(", "));
            if (!OPEN_TO_ALL.contains(from) && !to.isEmpty()) {
                found.append(from).append(" -> ").append(to).append('\n');
            }
        });
        assertThat(found.toString()).isEqualTo(table());
    }

    private static String table() throws IOException {
        try (InputStream in = Objects.requireNonNull(PackagesTest.class.getResourceAsStream("/packages.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Map<String, Set<String>> classes() {
        JavaClasses all = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(ROOT);
        Map<String, Set<String>> graph = new TreeMap<>();
        for (JavaClass one : all) {
            String from = outer(one.getName());
            Set<String> targets = graph.computeIfAbsent(from, name -> new TreeSet<>());
            for (Dependency dependency : one.getDirectDependenciesFromSelf()) {
                String to =
                        outer(dependency.getTargetClass().getBaseComponentType().getName());
                if (to.startsWith(ROOT + ".") && !to.equals(from)) {
                    targets.add(to);
                }
            }
        }
        graph.keySet().removeIf(name -> name.endsWith(".package-info"));
        return graph;
    }

    private static Map<String, Set<String>> packages() {
        Map<String, Set<String>> graph = new TreeMap<>();
        CLASSES.forEach((from, targets) -> targets.forEach(to -> {
            Set<String> arrows = graph.computeIfAbsent(packageOf(from), name -> new TreeSet<>());
            if (!packageOf(from).equals(packageOf(to))) {
                arrows.add(packageOf(to));
            }
        }));
        return graph;
    }

    private static String outer(String name) {
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }

    private static String packageOf(String name) {
        String full = name.substring(0, name.lastIndexOf('.'));
        return full.equals(ROOT) ? "." : full.substring(ROOT.length() + 1);
    }

    private static String room(String name) {
        return name.equals(".") ? name : name.split("\\.", 2)[0];
    }

    /** Strongly connected components of more than one node, by Tarjan. */
    private static List<Set<String>> cycles(Map<String, Set<String>> graph) {
        Tarjan search = new Tarjan(graph);
        graph.keySet().forEach(search::visit);
        return search.found;
    }

    private static final class Tarjan {
        private final Map<String, Set<String>> graph;
        private final Map<String, Integer> order = new HashMap<>();
        private final Map<String, Integer> lowest = new HashMap<>();
        private final Deque<String> path = new ArrayDeque<>();
        private final List<Set<String>> found = new ArrayList<>();

        Tarjan(Map<String, Set<String>> graph) {
            this.graph = graph;
        }

        void visit(String node) {
            if (order.containsKey(node)) {
                return;
            }
            order.put(node, order.size());
            lowest.put(node, order.get(node));
            path.push(node);
            Collection<String> targets = graph.getOrDefault(node, Set.of());
            for (String to : targets) {
                visit(to);
                if (path.contains(to)) {
                    lowest.merge(node, lowest.get(to), Math::min);
                }
            }
            if (lowest.get(node).equals(order.get(node))) {
                Set<String> component = new TreeSet<>();
                String last;
                do {
                    last = path.pop();
                    component.add(last);
                } while (!last.equals(node));
                if (component.size() > 1) {
                    found.add(component);
                }
            }
        }
    }
}
