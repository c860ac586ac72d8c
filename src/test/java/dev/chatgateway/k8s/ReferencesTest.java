package dev.chatgateway.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What one object of an overlay says about another is so. */
class ReferencesTest {
    static Stream<Overlay> overlays() {
        return Overlay.all();
    }

    private static void assertSelects(String what, JsonNode selector, Map<String, String> labels) {
        Map<String, String> wanted = Overlay.strings(selector);
        assertThat(wanted).as(what).isNotEmpty();
        assertThat(labels.entrySet()).as(what).containsAll(wanted.entrySet());
    }

    private static Stream<String> names(JsonNode array) {
        return Overlay.stream(array).map(entry -> entry.path("name").asText());
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void selectors_select_the_pods(Overlay overlay) {
        Map<String, String> labels = overlay.podLabels();
        assertSelects("Deployment", overlay.one("Deployment").at("/spec/selector/matchLabels"), labels);
        for (ObjectNode service : overlay.all("Service")) {
            assertSelects(Overlay.nameOf(service), service.at("/spec/selector"), labels);
        }
        for (String kind : List.of("PodDisruptionBudget", "NetworkPolicy")) {
            for (ObjectNode object : overlay.all(kind)) {
                JsonNode spec = object.path("spec");
                JsonNode selector = kind.equals("NetworkPolicy") ? spec.path("podSelector") : spec.path("selector");
                assertSelects(kind, selector.path("matchLabels"), labels);
                spec.findValues("podSelector")
                        .forEach(peers -> assertSelects("peers", peers.path("matchLabels"), labels));
            }
        }
        overlay.pod()
                .path("topologySpreadConstraints")
                .forEach(spread -> assertSelects("spread", spread.at("/labelSelector/matchLabels"), labels));
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void ports_are_ports_of_the_container(Overlay overlay) {
        Set<String> ports = overlay.ports().keySet();
        for (ObjectNode service : overlay.all("Service")) {
            assertThat(Overlay.stream(service.at("/spec/ports"))
                            .map(port -> port.path("targetPort").asText()))
                    .as(Overlay.nameOf(service))
                    .isNotEmpty()
                    .isSubsetOf(ports);
        }
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            assertThat(ports)
                    .contains(
                            overlay.container().path(probe).at("/httpGet/port").asText());
        }
        for (ObjectNode policy : overlay.all("NetworkPolicy")) {
            assertThat(policy.at("/spec/ingress").findValues("port"))
                    .isNotEmpty()
                    .allSatisfy(port -> assertThat(ports).contains(port.asText()));
            for (JsonNode rule : policy.at("/spec/egress")) {
                if (!rule.findValues("podSelector").isEmpty()) {
                    assertThat(Overlay.stream(rule.path("ports"))
                                    .map(port -> port.path("port").asInt()))
                            .isSubsetOf(overlay.ports().values());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void nodes_alone_reach_the_engine_and_the_bus_and_prometheus_alone_the_management_port(Overlay overlay) {
        for (ObjectNode policy : overlay.all("NetworkPolicy")) {
            for (JsonNode rule : policy.at("/spec/ingress")) {
                List<String> ports = Overlay.stream(rule.path("ports"))
                        .map(port -> port.path("port").asText())
                        .toList();
                if (ports.contains("engine") || ports.contains("bus")) {
                    assertThat(rule.path("from")).hasSize(1);
                    assertThat(rule.at("/from/0").has("podSelector")).isTrue();
                    assertThat(rule.at("/from/0").has("namespaceSelector")).isFalse();
                }
                if (ports.contains("management")) {
                    assertThat(ports).containsExactly("management");
                    assertThat(rule.path("from")).isNotEmpty();
                }
            }
        }
        for (ObjectNode service : overlay.all("Service")) {
            boolean nodes = service.at("/spec/clusterIP").asText().equals("None");
            assertThat(service.at("/spec/publishNotReadyAddresses").asBoolean()).isEqualTo(nodes);
            if (!nodes) {
                assertThat(names(service.at("/spec/ports"))).isSubsetOf("http", "https");
            }
        }
    }

    /** A node that could not ask for names found neither the service nor the other nodes. */
    @ParameterizedTest
    @MethodSource("overlays")
    void names_can_be_asked_for_wherever_the_cluster_keeps_them(Overlay overlay) {
        for (ObjectNode policy : egress(overlay)) {
            for (String where : List.of("kube-system", "openshift-dns", "169.254.20.10/32")) {
                JsonNode rule = Overlay.stream(policy.at("/spec/egress"))
                        .filter(candidate -> candidate.path("to").toString().contains(where))
                        .findFirst()
                        .orElseThrow();
                Set<String> ports = Overlay.stream(rule.path("ports"))
                        .map(port -> port.path("port").asText() + " "
                                + port.path("protocol").asText())
                        .collect(Collectors.toSet());
                assertThat(ports).as(where).contains("53 UDP", "53 TCP");
                if (where.equals("openshift-dns")) {
                    assertThat(ports).contains("5353 UDP", "5353 TCP");
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void the_service_is_reached_by_either_protocol_and_the_machines_metadata_by_none(Overlay overlay) {
        for (ObjectNode policy : egress(overlay)) {
            JsonNode rule = Overlay.stream(policy.at("/spec/egress"))
                    .filter(candidate -> candidate.path("ports").toString().contains("443"))
                    .findFirst()
                    .orElseThrow();
            assertThat(rule.path("ports")).hasSize(1);
            assertThat(rule.at("/to/0/ipBlock/cidr").asText()).isEqualTo("0.0.0.0/0");
            assertThat(rule.at("/to/0/ipBlock/except").toString()).contains("169.254.0.0/16");
            assertThat(rule.at("/to/1/ipBlock/cidr").asText()).isEqualTo("::/0");
            assertThat(rule.at("/to/1/ipBlock/except").toString()).contains("fe80::/10", "fd00:ec2::254/128");
        }
    }

    private static List<ObjectNode> egress(Overlay overlay) {
        List<ObjectNode> policies = overlay.all("NetworkPolicy").stream()
                .filter(policy -> policy.path("spec").has("egress"))
                .toList();
        assertThat(policies).hasSize(overlay.has("NetworkPolicy") ? 1 : 0);
        return policies;
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void volumes_are_there_and_used(Overlay overlay) {
        List<String> volumes = names(overlay.pod().path("volumes")).toList();
        assertThat(names(overlay.container().path("volumeMounts"))).containsExactlyInAnyOrderElementsOf(volumes);
        List<String> maps =
                overlay.all("ConfigMap").stream().map(Overlay::nameOf).toList();
        for (JsonNode volume : overlay.pod().path("volumes")) {
            if (volume.has("configMap")) {
                assertThat(maps).contains(volume.at("/configMap/name").asText());
            }
            assertThat(volume.has("emptyDir") || volume.has("configMap") || volume.has("secret"))
                    .as(volume.toString())
                    .isTrue();
        }
        assertThat(overlay.pod().path("serviceAccountName").asText())
                .isEqualTo(Overlay.nameOf(overlay.one("ServiceAccount")));
    }

    /** Made by cert-manager, or named with their keys in the runbook. */
    @ParameterizedTest
    @MethodSource("overlays")
    void secrets_have_a_maker(Overlay overlay) throws IOException {
        String runbook = Files.readString(Path.of("docs/operations.md"));
        Set<String> made = overlay.all("Certificate").stream()
                .map(certificate -> certificate.at("/spec/secretName").asText())
                .collect(Collectors.toCollection(HashSet::new));
        for (ObjectNode issuer : overlay.all("Issuer")) {
            if (issuer.at("/spec").has("ca")) {
                assertThat(made).contains(issuer.at("/spec/ca/secretName").asText());
            }
        }
        for (ObjectNode ingress : overlay.all("Ingress")) {
            assertThat(made).contains(ingress.at("/spec/tls/0/secretName").asText());
        }
        overlay.one("Deployment").findValues("secretName").forEach(secret -> {
            if (!made.contains(secret.asText())) {
                assertThat(runbook).contains("`" + secret.asText() + "`");
            }
        });
        overlay.one("Deployment").findValues("secretKeyRef").forEach(secret -> assertThat(runbook)
                .contains("create secret generic " + secret.path("name").asText())
                .contains(secret.path("key").asText()));
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void issuers_and_hosts_agree(Overlay overlay) {
        Set<String> issuers =
                overlay.all("Issuer").stream().map(Overlay::nameOf).collect(Collectors.toSet());
        for (ObjectNode certificate : overlay.all("Certificate")) {
            if (certificate.at("/spec/issuerRef/kind").asText().equals("Issuer")) {
                assertThat(issuers)
                        .contains(certificate.at("/spec/issuerRef/name").asText());
            }
            assertThat(certificate.at("/spec/privateKey/encoding").asText()).isEqualTo("PKCS8");
        }
        for (ObjectNode ingress : overlay.all("Ingress")) {
            String host = ingress.at("/spec/rules/0/host").asText();
            assertThat(ingress.at("/spec/tls/0/hosts/0").asText()).isEqualTo(host);
            assertThat(overlay.all("Certificate").toString()).contains(host);
            JsonNode backend = ingress.at("/spec/rules/0/http/paths/0/backend/service");
            ObjectNode service = overlay.all("Service").stream()
                    .filter(object ->
                            Overlay.nameOf(object).equals(backend.path("name").asText()))
                    .findFirst()
                    .orElseThrow();
            assertThat(names(service.at("/spec/ports")))
                    .contains(backend.at("/port/name").asText());
            assertThat(overlay.container().path("env").toString()).contains("https://" + host);
        }
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void prometheus_finds_each_pod_once(Overlay overlay) {
        for (ObjectNode monitor : overlay.all("ServiceMonitor")) {
            Map<String, String> wanted = Overlay.strings(monitor.at("/spec/selector/matchLabels"));
            List<ObjectNode> found = overlay.all("Service").stream()
                    .filter(service -> Overlay.strings(service.at("/metadata/labels"))
                            .entrySet()
                            .containsAll(wanted.entrySet()))
                    .toList();
            assertThat(found).hasSize(1);
            // The alert on a node that is down looks for the job by this name.
            assertThat(Overlay.nameOf(found.get(0))).contains("chat-gateway");
            assertThat(names(found.get(0).at("/spec/ports")))
                    .contains(monitor.at("/spec/endpoints/0/port").asText());
        }
    }

    /** Refused scrapes would leave the autoscaler, which counts by them, without a number. */
    @ParameterizedTest
    @MethodSource("overlays")
    void prometheus_shows_the_secret_of_the_pods(Overlay overlay) {
        JsonNode secret = Overlay.stream(overlay.container().path("env"))
                .filter(entry -> entry.path("name").asText().equals("CHATGATEWAY_MANAGEMENT_SECRET"))
                .findFirst()
                .map(entry -> entry.at("/valueFrom/secretKeyRef"))
                .orElse(MissingNode.getInstance());
        for (ObjectNode monitor : overlay.all("ServiceMonitor")) {
            JsonNode shown = monitor.at("/spec/endpoints/0/authorization");
            assertThat(shown.path("type").asText()).isEqualTo("Bearer");
            assertThat(secret.path("optional").asBoolean()).isFalse();
            assertThat(shown.path("credentials")).isEqualTo(secret);
        }
        assertThat(secret.isMissingNode())
                .as("a secret in each overlay that is no toy")
                .isEqualTo(!overlay.has("NetworkPolicy"));
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void the_autoscaler_counts_what_there_is(Overlay overlay) throws IOException {
        for (ObjectNode scaler : overlay.all("HorizontalPodAutoscaler")) {
            JsonNode target = scaler.at("/spec/scaleTargetRef");
            ObjectNode deployment = overlay.one("Deployment");
            assertThat(target.path("name").asText()).isEqualTo(Overlay.nameOf(deployment));
            assertThat(target.path("kind")).isEqualTo(deployment.path("kind"));
            assertThat(target.path("apiVersion")).isEqualTo(deployment.path("apiVersion"));
            assertThat(deployment.at("/spec").has("replicas")).isFalse();
            String metric = scaler.at("/spec/metrics/0/pods/metric/name").asText();
            assertThat(Files.readString(Path.of("docs/metrics.md"))).contains("`" + metric + "`");
            assertThat(Files.readString(Path.of("k8s/components/monitoring/prometheus-adapter.yaml")))
                    .contains("as: " + metric);
            assertThat(scaler.at("/spec/metrics/1/resource/name").asText()).isEqualTo("cpu");
        }
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void pods_are_as_strict_as_the_restricted_profile_wants(Overlay overlay) {
        JsonNode pod = overlay.pod().path("securityContext");
        assertThat(pod.path("runAsNonRoot").asBoolean()).isTrue();
        assertThat(pod.path("runAsUser").asInt()).isPositive();
        assertThat(pod.at("/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
        assertThat(overlay.pod().path("automountServiceAccountToken").asBoolean(true))
                .isFalse();
        assertThat(overlay.pod().path("containers")).hasSize(1);
        JsonNode container = overlay.container().path("securityContext");
        assertThat(container.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
        assertThat(container.path("readOnlyRootFilesystem").asBoolean()).isTrue();
        assertThat(container.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
        JsonNode resources = overlay.container().path("resources");
        assertThat(resources.path("requests").fieldNames()).toIterable().containsExactlyInAnyOrder("cpu", "memory");
        assertThat(resources.at("/limits/memory")).isEqualTo(resources.at("/requests/memory"));
        JsonNode rolling = overlay.one("Deployment").at("/spec/strategy/rollingUpdate");
        assertThat(rolling.path("maxUnavailable").asInt(1)).isZero();
    }
}
