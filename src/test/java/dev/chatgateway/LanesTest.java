package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** {@code mvn test} runs the tests that open no port. A test that opens one, itself or by a fixture, is named {@code *IT}. */
class LanesTest {
    private static final JavaClasses TESTS = new ClassFileImporter()
            .withImportOption(new ImportOption.OnlyIncludeTests())
            .importPackages("dev.chatgateway");

    /** What opens a port, or starts a process that does. */
    private static final Set<String> OPENERS = Set.of(
            "dev.chatgateway.Gateway",
            "dev.chatgateway.GatewayNode",
            "dev.chatgateway.admin.ManagementServer",
            "dev.chatgateway.cluster.HazelcastEngine",
            "dev.chatgateway.embedded.EmbeddedService",
            "dev.chatgateway.embedded.http.HttpListener",
            "dev.chatgateway.socket.SocketVerticle",
            "dev.chatgateway.socket.connection.HttpListeners",
            "com.microsoft.playwright.Playwright",
            "com.sun.net.httpserver.HttpServer",
            "io.vertx.core.http.HttpServer",
            "io.vertx.core.net.NetServer",
            "java.lang.ProcessBuilder",
            "java.net.DatagramSocket",
            "java.net.ServerSocket",
            "java.nio.channels.ServerSocketChannel");

    @Test
    void test_of_the_fast_lane_opens_no_port() {
        List<String> wrong = TESTS.stream()
                .filter(test -> test.isTopLevelClass() && test.getSimpleName().endsWith("Test"))
                .filter(LanesTest::opensPort)
                .map(JavaClass::getName)
                .sorted()
                .toList();
        assertThat(wrong).as("to be named *IT").isEmpty();
    }

    /** Follows the dependencies among the classes of the tests; main classes that open ports are all named above. */
    private static boolean opensPort(JavaClass test) {
        Set<JavaClass> seen = new HashSet<>();
        Deque<JavaClass> open = new ArrayDeque<>(List.of(test));
        while (!open.isEmpty()) {
            JavaClass next = open.pop();
            if (OPENERS.contains(next.getName())) {
                return true;
            }
            if (TESTS.contain(next.getName()) && seen.add(next)) {
                next.getDirectDependenciesFromSelf().stream()
                        .map(Dependency::getTargetClass)
                        .forEach(open::push);
                TESTS.stream()
                        .filter(c -> c.getName().startsWith(next.getName() + "$"))
                        .forEach(open::push);
            }
        }
        return false;
    }
}
