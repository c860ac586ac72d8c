package dev.chatgateway.embedded.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forbidden HTML is dropped, allowed HTML is unchanged. */
class HtmlCleanerTest {
    private static final List<String> PIECES = List.of(
            "<b>",
            "</b>",
            "<p>",
            "</p>",
            "<a href=\"https://example.org/?a=1&b=2\">",
            "<a href='x`y'>",
            "</a>",
            "<br>",
            "<br/>",
            "<img src=\"https://example.org/i.png\" alt=\"a > b\">",
            "<table><tr><td>",
            "</td></tr></table>",
            "<script>",
            "</script>",
            "<style>",
            "</style>",
            "<!--",
            "-->",
            "<div style=\"color:red\">",
            "</div>",
            "<ul><li>",
            "&amp;",
            "&lt;",
            "&amp;lt;",
            "&#64;",
            "&nbsp;",
            "&",
            "<",
            ">",
            "\"",
            "'",
            "`",
            "@",
            "=",
            "+",
            "{{",
            "\u0000",
            "\ud83d\ude00",
            "\u00e4",
            "text ",
            "onerror=x",
            "<svg>",
            "<math>",
            "<textarea>",
            "<![CDATA[",
            "]]>");

    private final HtmlCleaner cleaner = new HtmlCleaner();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                "a@b.example",
                "1 + 1 = 2",
                "`code`",
                "\ud83d\ude00 \u00e4",
                "it's \"quoted\"",
                "{{x}}",
                "<b>bold</b>",
                "a &amp; b",
                "1 &lt; 2 &gt; 0",
                "<p>one</p><p>two</p>",
                "<br />"
            })
    void allowed_html_is_unchanged(String html) {
        assertThat(cleaner.clean(html)).isEqualTo(html);
    }

    @Test
    void quotes_in_attributes_are_escaped() {
        assertThat(cleaner.clean("<img src=\"https://example.org/a\" alt='say \"x\" > y'>"))
                .isEqualTo("<img src=\"https://example.org/a\" alt=\"say &quot;x&quot; &gt; y\" />");
    }

    @Test
    void nested_entities_are_decoded_once() {
        assertThat(cleaner.clean("&amp;lt;b&amp;gt;")).isEqualTo("&amp;lt;b&amp;gt;");
        assertThat(cleaner.clean("&#64;")).isEqualTo("@");
    }

    @Test
    void cleaning_twice_changes_nothing() {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder html = new StringBuilder();
            for (int n = random.nextInt(12); n >= 0; n--) {
                html.append(PIECES.get(random.nextInt(PIECES.size())));
            }
            String once = cleaner.clean(html.toString());
            assertThat(cleaner.clean(once)).as(html.toString()).isEqualTo(once);
            assertThat(once).as(html.toString()).doesNotContain("<script", "<style", "<svg", "<textarea", "<!--");
        }
    }
}
