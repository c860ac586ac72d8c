package dev.chatgateway.official;

import static java.util.Objects.requireNonNull;

import com.azure.core.http.rest.PagedFlux;
import com.azure.core.http.rest.PagedResponse;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Mono;

/** Waits for what the asynchronous clients return, never longer than {@link #LIMIT}. */
final class Async {
    /** Longer than the clients' own four attempts take. */
    static final Duration LIMIT = Duration.ofSeconds(60);

    private Async() {}

    static <T> T await(Mono<T> mono) {
        return requireNonNull(mono.block(LIMIT), "empty answer");
    }

    /** For operations without a result. */
    static void done(Mono<Void> mono) {
        mono.block(LIMIT);
    }

    static <T> List<T> all(PagedFlux<T> flux) {
        return await(flux.collectList());
    }

    static <T> List<PagedResponse<T>> pages(PagedFlux<T> flux) {
        return await(flux.byPage().collectList());
    }
}
