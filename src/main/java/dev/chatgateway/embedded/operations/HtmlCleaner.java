package dev.chatgateway.embedded.operations;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.owasp.html.HtmlSanitizer;
import org.owasp.html.HtmlStreamEventReceiver;
import org.owasp.html.PolicyFactory;
import org.owasp.html.Sanitizers;

/** Keeps what a chat message may show (text, links, lists, tables, images) and drops scripts, handlers and forms. */
final class HtmlCleaner {
    /** Passes until nothing changes: dropping an element may change how those around it nest. */
    private static final int MOST_PASSES = 4;

    private final PolicyFactory policy = Sanitizers.FORMATTING
            .and(Sanitizers.BLOCKS)
            .and(Sanitizers.STYLES)
            .and(Sanitizers.LINKS)
            .and(Sanitizers.TABLES)
            .and(Sanitizers.IMAGES);

    String clean(String html) {
        String cleaned = pass(html);
        for (int passes = 1; passes < MOST_PASSES; passes++) {
            String again = pass(cleaned);
            if (again.equals(cleaned)) {
                break;
            }
            cleaned = again;
        }
        return cleaned;
    }

    private String pass(String html) {
        Writer writer = new Writer();
        HtmlSanitizer.sanitize(html, policy.apply(writer));
        return writer.out.toString();
    }

    /**
     * Escapes only what HTML needs. The library's own writer replaces {@code @}, {@code =}, {@code +} and emoji as well,
     * so that a message that is read and written back grows to five times its length.
     */
    private static final class Writer implements HtmlStreamEventReceiver {
        /** Elements without content and end tag. */
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

        /** Control characters and halves of surrogate pairs mean nothing in HTML. */
        private static boolean isText(int c) {
            return c == '\t' || c == '\n' || c == '\r' || !(Character.isISOControl(c) || (c >= 0xD800 && c <= 0xDFFF));
        }
    }
}
