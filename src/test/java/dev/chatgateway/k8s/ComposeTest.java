package dev.chatgateway.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** compose.yaml is parsed and checked only, as no image can be pulled where the tests run. */
class ComposeTest {
    private static final ObjectMapper YAML = JsonMapper.builder(new YAMLFactory())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /** The fields of compose.yaml; others are refused. */
    private record Compose(String name, Map<String, Service> services, Map<String, Map<String, String>> volumes) {}

    private record Service(
            String build,
            String image,
            Map<String, String> environment,
            List<String> ports,
            boolean read_only,
            List<String> tmpfs,
            List<String> volumes,
            List<String> cap_drop,
            List<String> security_opt,
            String mem_limit,
            String stop_grace_period,
            String restart,
            JsonNode depends_on) {}

    private static Compose compose() throws IOException {
        return YAML.readValue(Path.of("compose.yaml").toFile(), Compose.class);
    }

    private static JsonNode yaml(String file) throws IOException {
        return YAML.readTree(Path.of("conf/compose", file).toFile());
    }

    /** As a container of the image reads it: the file and the variables of the image, and those of compose.yaml. */
    private static GatewayConfig settings(Service gateway) throws Exception {
        Map<String, String> environment = new HashMap<>(gateway.environment);
        Matcher set = Pattern.compile("(CHATGATEWAY_\\w+)=(\\S+)").matcher(Files.readString(Path.of("Dockerfile")));
        while (set.find()) {
            environment.put(set.group(1), set.group(2));
        }
        return new ConfigLoader()
                .load(Optional.of(Path.of("conf/gateway.yaml")), environment)
                .config();
    }

    @Test
    void the_gateway_takes_its_settings_and_is_reached() throws Exception {
        Service gateway = compose().services.get("gateway");
        GatewayConfig config = settings(gateway);
        assertThat(config.http().host()).isEqualTo("0.0.0.0");
        assertThat(config.management().host())
                .as("Prometheus is in another container")
                .isEqualTo("0.0.0.0");
        assertThat(gateway.tmpfs)
                .as("Netty unpacks its native transport there and runs it, and tmpfs forbids that by default")
                .containsExactly("/tmp:exec");
        assertThat(config.embedded().demoTokens()).isTrue();
        assertThat(gateway.ports)
                .containsExactly(
                        "127.0.0.1:8080:" + config.http().port(),
                        "127.0.0.1:8443:" + config.https().port(),
                        "127.0.0.1:8081:" + config.management().port());
        assertThat(gateway.volumes).containsExactly("data:" + config.data().directory());
        assertThat(Integer.parseInt(gateway.stop_grace_period.replace("s", "")))
                .isGreaterThan(config.process().drainSeconds());
        assertThat(Files.readString(Path.of("Dockerfile")))
                .contains("EXPOSE " + config.http().port() + " "
                        + config.https().port() + " " + config.management().port());
    }

    @Test
    void what_is_mounted_is_there_and_services_wait_for_each_other() throws IOException {
        Compose compose = compose();
        compose.services.forEach((name, service) -> {
            assertThat(service.ports).as(name).allMatch(port -> port.startsWith("127.0.0.1:"));
            for (String volume : service.volumes) {
                String source = volume.substring(0, volume.indexOf(':'));
                if (source.startsWith("./")) {
                    assertThat(Path.of(source)).isRegularFile();
                    assertThat(volume).endsWith(":ro");
                } else {
                    assertThat(compose.volumes).containsKey(source);
                }
            }
            if (service.depends_on != null && service.depends_on.isObject()) {
                service.depends_on.fieldNames().forEachRemaining(other -> assertThat(compose.services)
                        .containsKey(other));
            } else if (service.depends_on != null) {
                service.depends_on.forEach(other -> assertThat(compose.services).containsKey(other.asText()));
            }
        });
        assertThat(compose.services
                        .get("prometheus")
                        .depends_on
                        .at("/gateway/condition")
                        .asText())
                .isEqualTo("service_healthy");
    }

    @Test
    void prometheus_and_grafana_find_what_they_show() throws Exception {
        Compose compose = compose();
        JsonNode prometheus = yaml("prometheus.yml");
        assertThat(prometheus.at("/scrape_configs/0/static_configs/0/targets/0").asText())
                .isEqualTo("gateway:"
                        + settings(compose.services.get("gateway")).management().port());
        assertThat(settings(compose.services.get("gateway")).management().secret() == null)
                .as("Prometheus shows a secret if the gateway asks for one")
                .isEqualTo(prometheus.at("/scrape_configs/0/authorization").isMissingNode());
        assertThat(compose.services.get("prometheus").volumes)
                .anyMatch(volume -> volume.contains(
                        ":/etc/prometheus/" + prometheus.at("/rule_files/0").asText() + ":"));
        assertThat(compose.services.get("prometheus").ports).containsExactly("127.0.0.1:9090:9090");
        assertThat(yaml("grafana-datasources.yml").at("/datasources/0/url").asText())
                .isEqualTo("http://prometheus:9090");
        Service grafana = compose.services.get("grafana");
        String folder =
                yaml("grafana-dashboards.yml").at("/providers/0/options/path").asText();
        assertThat(grafana.environment.get("GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"))
                .startsWith(folder + "/");
        assertThat(grafana.volumes)
                .anyMatch(volume -> volume.contains(
                        ":" + grafana.environment.get("GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH") + ":"));
    }
}
