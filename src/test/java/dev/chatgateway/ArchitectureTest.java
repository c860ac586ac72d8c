package dev.chatgateway;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.chatgateway.config.ListenerConfig;
import io.netty.handler.codec.DecoderResult;
import io.vertx.core.Vertx;

/** Which package may use which library. {@link PackagesTest} has the arrows between packages. */
@AnalyzeClasses(packages = "dev.chatgateway", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "dev.chatgateway";

    @ArchTest
    static final ArchRule only_upstream_uses_the_web_client = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".upstream..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx.ext.web.client..");

    @ArchTest
    static final ArchRule only_cluster_uses_hazelcast = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.hazelcast..", "io.vertx.spi.cluster..");

    @ArchTest
    static final ArchRule only_tracing_uses_the_sdk_of_opentelemetry = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".tracing..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.opentelemetry.sdk..", "io.opentelemetry.exporter..");

    @ArchTest
    static final ArchRule netty_and_vertx_internals_stay_below_connections = noClasses()
            .that(resideOutsideOfPackages(ROOT + ".tls..", ROOT + ".socket.accept..", ROOT + ".socket.transport.."))
            .should()
            // DecoderResult is what Vert.x's own public HttpServerRequest answers with.
            .dependOnClassesThat(resideInAnyPackage("io.netty..", "io.vertx.core.internal..", "io.vertx.core.impl..")
                    .and(not(equivalentTo(DecoderResult.class))));

    /** An HTTP server made in another way has no limits for connections without an authenticated user. */
    @ArchTest
    static final ArchRule http_servers_are_made_in_one_place = noClasses()
            .that(not(equivalentTo(ListenerConfig.class)))
            .should()
            .callMethodWhere(target(owner(assignableTo(Vertx.class)))
                    .and(target(nameMatching("createHttpServer|httpServerBuilder"))));

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
}
