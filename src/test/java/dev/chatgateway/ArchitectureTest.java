package dev.chatgateway;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.netty.handler.codec.DecoderResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The arrows of docs/architecture.md section 2. */
@AnalyzeClasses(packages = "dev.chatgateway", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "dev.chatgateway";
    private static final List<String> OPEN_TO_ALL = List.of("event", "config", "metrics", "tracing");

    /** Room to the rooms it may import beside the open ones. */
    private static final Map<String, List<String>> ARROWS = Map.ofEntries(
            Map.entry("socket", List.of("command", "fanout", "protocol")),
            Map.entry("rest", List.of("command", "fanout", "poll", "upstream")),
            Map.entry("command", List.of("upstream", "poll", "protocol")),
            Map.entry("fanout", List.of("protocol", "cluster")),
            Map.entry("poll", List.of("upstream", "cluster")),
            Map.entry("cluster", List.of()),
            Map.entry("upstream", List.of()),
            Map.entry("protocol", List.of()),
            Map.entry("event", List.of()),
            Map.entry("config", List.of()),
            Map.entry("metrics", List.of()),
            Map.entry("tracing", List.of()),
            Map.entry("admin", List.of()),
            Map.entry("bench", List.of()),
            Map.entry("embedded", List.of()),
            Map.entry("tls", List.of()));

    @ArchTest
    static void rooms_import_only_along_the_arrows(JavaClasses classes) {
        ARROWS.forEach((room, allowed) -> {
            List<String> forbidden = new ArrayList<>(ARROWS.keySet());
            forbidden.removeAll(allowed);
            forbidden.removeAll(OPEN_TO_ALL);
            forbidden.remove(room);
            List<String> packages = new ArrayList<>(
                    forbidden.stream().map(r -> ROOT + "." + r + "..").toList());
            packages.add(ROOT);
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + "." + room + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(packages.toArray(String[]::new))
                    .allowEmptyShould(true)
                    .check(classes);
        });
    }

    @ArchTest
    static final ArchRule no_cycles =
            slices().matching(ROOT + ".(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule the_event_room_imports_nothing_of_ours = onlyOpen("event");

    @ArchTest
    static final ArchRule the_config_room_imports_nothing_of_ours = onlyOpen("config");

    @ArchTest
    static final ArchRule only_upstream_uses_the_web_client = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".upstream..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx.ext.web.client..");

    @ArchTest
    static final ArchRule only_cluster_touches_the_engine = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.hazelcast..", "io.vertx.spi.cluster..");

    @ArchTest
    static final ArchRule only_tracing_touches_opentelemetry = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".tracing..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.opentelemetry..");

    @ArchTest
    static final ArchRule netty_and_vertx_internals_stay_in_the_raw_classes_of_socket = noClasses()
            .that(resideOutsideOfPackage(ROOT + ".tls.."))
            .and()
            .haveNameNotMatching(ROOT.replace(".", "\\.") + "\\.socket\\.Raw\\w+")
            .should()
            // DecoderResult is what Vert.x's own public HttpServerRequest answers with.
            .dependOnClassesThat(resideInAnyPackage("io.netty..", "io.vertx.core.internal..", "io.vertx.core.impl..")
                    .and(not(equivalentTo(DecoderResult.class))));

    @ArchTest
    static final ArchRule only_config_reads_the_environment = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".config..")
            .should()
            .callMethod(System.class, "getenv")
            .orShould()
            .callMethod(System.class, "getenv", String.class);

    @ArchTest
    static final ArchRule meters_are_made_in_one_place = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".metrics..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.micrometer..");

    @ArchTest
    static final ArchRule nobody_sleeps = noClasses()
            .should()
            .callMethod(Thread.class, "sleep", long.class)
            .orShould()
            .callMethod(Thread.class, "sleep", long.class, int.class);

    private static ArchRule onlyOpen(String room) {
        String[] others = ARROWS.keySet().stream()
                .filter(r -> !r.equals(room))
                .map(r -> ROOT + "." + r + "..")
                .toArray(String[]::new);
        return noClasses()
                .that()
                .resideInAPackage(ROOT + "." + room + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(Arrays.copyOf(others, others.length));
    }
}
