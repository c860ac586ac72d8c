package dev.chatgateway.embedded.operations;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.owasp.html.HtmlSanitizer;
import org.owasp.html.HtmlStreamEventReceiver;
import org.owasp.html.PolicyFactory;
import org.owasp.html.Sanitizers;

/** Sanitizes html content: keeps text, links, lists, tables and images, drops scripts, handlers and forms. */
final class HtmlCleaner {
    /** Passes until nothing changes, as a dropped element can change the nesting around it. */
    private static final int MAX_PASSES = 4;

    private final PolicyFactory policy = Sanitizers.FORMATTING
            .and(Sanitizers.BLOCKS)
            .and(Sanitizers.STYLES)
            .and(Sanitizers.LINKS)
            .and(Sanitizers.TABLES)
            .and(Sanitizers.IMAGES);

    String clean(String html) {
        String cleaned = pass(html);
        for (int passes = 1; passes < MAX_PASSES; passes++) {
            String next = pass(cleaned);
            if (next.equals(cleaned)) {
                break;
            }
            cleaned = next;
        }
        return cleaned;
    }

    private String pass(String html) {
        Writer writer = new Writer();
        HtmlSanitizer.sanitize(html, policy.apply(writer));
        return writer.out.toString();
    }

    /**
     * Escapes only what HTML requires. The library's own writer also escapes {@code @}, {@code =}, {@code +} and emoji, so
     * that a message that is read and written back grows up to five times.
     */
    private static final class Writer implements HtmlStreamEventReceiver {
        /** Elements without content and without end tag. */
        private static final Set<String> VOID = Set.of("br", "hr", "img", "col");

        private final StringBuilder out = new StringBuilder();

        @Override
        public void openDocument() {}

        @Override
        public void closeDocument() {}

        @Override
        public void openTag(String elementName, List<String> attributes) {
            out.append('<').append(elementName);
            for (int i = 0; i < attributes.size(); i += 2) {
                out.append(' ').append(attributes.get(i)).append("=\"");
                escape(attributes.get(i + 1), true);
                out.append('"');
            }
            out.append(isVoid(elementName) ? " />" : ">");
        }

        @Override
        public void closeTag(String elementName) {
            if (!isVoid(elementName)) {
                out.append("</").append(elementName).append('>');
            }
        }

        @Override
        public void text(String text) {
            escape(text, false);
        }

        private static boolean isVoid(String elementName) {
            return VOID.contains(elementName.toLowerCase(Locale.ROOT));
        }

        private void escape(String text, boolean quotes) {
            text.codePoints().filter(Writer::isText).forEach(c -> {
                switch (c) {
                    case '&' -> out.append("&amp;");
                    case '<' -> out.append("&lt;");
                    case '>' -> out.append("&gt;");
                    case '"' -> out.append(quotes ? "&quot;" : "\"");
                    default -> out.appendCodePoint(c);
                }
            });
        }

        /** Control characters and unpaired surrogates are not allowed in HTML. */
        private static boolean isText(int c) {
            return c == '\t' || c == '\n' || c == '\r' || !(Character.isISOControl(c) || (c >= 0xD800 && c <= 0xDFFF));
        }
    }
}
