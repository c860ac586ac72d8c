package dev.chatgateway.metrics;

import dev.chatgateway.tracing.Tracing;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.metrics.MetricsOptions;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.util.EnumSet;

/** The registry behind {@code /metrics}, with the JVM's and Vert.x's meters. Close it last. */
public final class PrometheusPage implements AutoCloseable {
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final PrometheusMeterRegistry registry;
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final GatewayMetrics gateway;

    /** @param tracing its spans are counted, and named by exemplars if tracing is enabled */
    public PrometheusPage(Tracing tracing) {
        registry = new PrometheusMeterRegistry(
                PrometheusConfig.DEFAULT,
                new PrometheusRegistry(),
                Clock.SYSTEM,
                tracing.enabled() ? new Exemplars() : null);
        // The names violate Prometheus's rules (promtool), and process_cpu_usage has the same information.
        registry.config().meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"));
        registry.config().meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
        gateway = new GatewayMetrics(registry);
        gateway.spans(tracing);
        new ClassLoaderMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        collections.bindTo(registry);
    }

    /** The gateway's own meters. */
    public GatewayMetrics gateway() {
        return gateway;
    }

    /**
     * The factory that makes Vert.x report to this registry. Labels are few and closed: no path, no peer, and no method,
     * because clients may invent methods.
     */
    public VertxMetricsFactory vertxFactory() {
        return new MicrometerMetricsFactory(registry);
    }

    /**
     * See {@link #vertxFactory()}.
     *
     * @param proxyProtocol whether listeners read PROXY headers. Vert.x's own meters of HTTP servers are off then: they
     *     remove the announced address from the connection (NetServerImpl.connected), so that the address of the proxy
     *     would count as the client's. The gateway's meters do not need them.
     */
    public MetricsOptions vertxOptions(boolean proxyProtocol) {
        MicrometerMetricsOptions options =
                new MicrometerMetricsOptions().setEnabled(true).setLabels(EnumSet.of(Label.HTTP_CODE, Label.POOL_TYPE));
        return proxyProtocol ? options.addDisabledMetricsCategory(MetricsDomain.HTTP_SERVER) : options;
    }

    /** The content type for a scraper's Accept header. */
    public String contentType(String accept) {
        return accept.contains("application/openmetrics-text") ? OPEN_METRICS : TEXT;
    }

    /** The page, in the format that {@link #contentType} names. Visits all meters: do not call it on an event loop. */
    public String scrape(String accept) {
        return registry.scrape(contentType(accept));
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
