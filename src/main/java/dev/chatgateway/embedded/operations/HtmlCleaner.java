package dev.chatgateway.embedded.operations;

import org.owasp.html.PolicyFactory;
import org.owasp.html.Sanitizers;

/** Keeps what a chat message may show (text, links, lists, tables, images) and drops scripts, handlers and forms. */
final class HtmlCleaner {
    private final PolicyFactory policy = Sanitizers.FORMATTING
            .and(Sanitizers.BLOCKS)
            .and(Sanitizers.STYLES)
            .and(Sanitizers.LINKS)
            .and(Sanitizers.TABLES)
            .and(Sanitizers.IMAGES);

    String clean(String html) {
        return policy.sanitize(html);
    }
}
