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

    /** @param tracing names the traces that samples of histograms come from, if there are any */
    public PrometheusPage(Tracing tracing) {
        registry = new PrometheusMeterRegistry(
                PrometheusConfig.DEFAULT,
                new PrometheusRegistry(),
                Clock.SYSTEM,
                tracing.enabled() ? new Exemplars() : null);
        // Against Prometheus's rules for names (promtool), and of no use beside process_cpu_usage.
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
     * The factory and options that make Vert.x report here. Labels are few and closed: no path, no
     * peer, and no method, as clients may invent some.
     */
    public VertxMetricsFactory vertxFactory() {
        return new MicrometerMetricsFactory(registry);
    }

    /**
     * See {@link #vertxFactory()}.
     *
     * @param proxyProtocol whether listeners read PROXY headers. Vert.x's own meters of HTTP servers are off then: they
     *     take the announced address away from the connection (NetServerImpl.connected), and the proxy's would be
     *     judged in its place. The gateway's meters do not need them.
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

    /** The page, in the format that {@link #contentType} names. Walks all meters: call it off the event loops. */
    public String scrape(String accept) {
        return registry.scrape(contentType(accept));
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
