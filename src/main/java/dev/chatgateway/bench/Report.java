package dev.chatgateway.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** Formats a result as text, as JSON, and as a page with two charts. */
final class Report {
    private static final double[] QUANTILES = {50, 90, 99, 99.9, 100};
    private static final int WIDTH = 640;
    private static final int HEIGHT = 240;
    /** The curve ends at 99.999 %: 1 in 10 to the 5th. */
    private static final double DECADES = 5;

    private final BenchResult result;

    Report(BenchResult result) {
        this.result = result;
    }

    String text() {
        BenchOptions options = result.options();
        Histogram latency = result.latency();
        StringBuilder text = new StringBuilder();
        line(
                text,
                "%s, %d connections (%d of them read nothing), %d threads, %s, %d bytes, %d s",
                options.protocol().title(),
                options.connections() + options.slow(),
                options.slow(),
                options.threads(),
                options.rate() == 0 ? "as fast as it goes" : options.rate() + " messages/s",
                options.size(),
                options.seconds());
        line(text, "connections/s       %,12.0f", result.connectionsPerSecond());
        line(text, "deliveries/s        %,12.0f", result.deliveriesPerSecond());
        line(text, "missing, twice      %,12d, %d", result.missing(), result.twice());
        line(text, "closed, refused     %,12d, %d", result.closed(), result.refused());
        line(
                text,
                "latency ms          p50 %.2f  p90 %.2f  p99 %.2f  p99.9 %.2f  max %.2f",
                ms(latency, 50),
                ms(latency, 90),
                ms(latency, 99),
                ms(latency, 99.9),
                ms(latency, 100));
        result.cpuSecondsPerMillion().ifPresent(cpu -> line(text, "CPU s per million   %12.2f", cpu));
        result.bytesPerConnection().ifPresent(bytes -> line(text, "bytes/connection    %,12.0f", bytes));
        return text.toString();
    }

    JsonObject json() {
        BenchOptions options = result.options();
        JsonObject latency = new JsonObject();
        for (double quantile : QUANTILES) {
            latency.put(quantile == 100 ? "max" : name(quantile), ms(result.latency(), quantile));
        }
        JsonArray perSecond = new JsonArray();
        for (long deliveries : result.perSecond()) {
            perSecond.add(deliveries);
        }
        return new JsonObject()
                .put("protocol", options.protocol().token())
                .put("connections", options.connections())
                .put("slow", options.slow())
                .put("threads", options.threads())
                .put("rate", options.rate())
                .put("window", options.window())
                .put("bytes", options.size())
                .put("seconds", result.seconds())
                .put("connectionsPerSecond", result.connectionsPerSecond())
                .put("published", result.published())
                .put("delivered", result.delivered())
                .put("deliveriesPerSecond", result.deliveriesPerSecond())
                .put("missing", result.missing())
                .put("twice", result.twice())
                .put("closed", result.closed())
                .put("refused", result.refused())
                .put("latencyMs", latency)
                .put("cpuSecondsPerMillion", result.cpuSecondsPerMillion().orElse(null))
                .put("bytesPerConnection", result.bytesPerConnection().orElse(null))
                .put("perSecond", perSecond);
    }

    String html() {
        return """
                <!doctype html>
                <html lang="en"><meta charset="utf-8"><title>chat-gateway bench</title>
                <style>body{font:14px sans-serif;max-width:46em;margin:2em auto}svg{border:1px solid #ccc}
                polyline{fill:none;stroke:#06c;stroke-width:2}</style>
                <h1>chat-gateway bench</h1><pre>%s</pre>
                <h2>Latency: ms at each percentile (50, 90, 99, 99.9, 99.99, to the right)</h2>%s
                <h2>Deliveries in each second</h2>%s</html>
                """.formatted(text(), svg(latencies()), svg(deliveries()));
    }

    private List<Double> latencies() {
        List<Double> values = new ArrayList<>();
        for (double decades = 0; decades <= DECADES; decades += 0.1) {
            values.add(ms(result.latency(), 100 - 100 * Math.pow(10, -decades)));
        }
        return values;
    }

    private List<Double> deliveries() {
        List<Double> values = new ArrayList<>();
        for (long second : result.perSecond()) {
            values.add((double) second);
        }
        return values;
    }

    /** A line chart that starts at 0, labelled with its highest value. */
    private static String svg(List<Double> values) {
        double most = values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < values.size(); i++) {
            double x = values.size() == 1 ? 0 : (double) WIDTH * i / (values.size() - 1);
            double y = most == 0 ? HEIGHT : HEIGHT - HEIGHT * values.get(i) / most;
            points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
        }
        return String.format(
                Locale.ROOT,
                "<svg viewBox=\"0 0 %d %d\" width=\"%d\"><polyline points=\"%s\"/></svg> %,.1f",
                WIDTH,
                HEIGHT,
                WIDTH,
                points,
                most);
    }

    private static double ms(Histogram latency, double percentile) {
        return latency.getValueAtPercentile(percentile) / 1e6;
    }

    private static String name(double quantile) {
        return "p" + (quantile == Math.rint(quantile) ? Integer.toString((int) quantile) : Double.toString(quantile));
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
