package dev.chatgateway.chatproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatLinksTest {
    private static final String ORIGIN = "https://gateway.example";

    private final ChatLinks links = new ChatLinks("");

    @ParameterizedTest
    @CsvSource({
        "https://r.communication.azure.com/chat/threads/19%3Aab@thread.v2, https://gateway.example/chat/threads/19%3Aab@thread.v2",
        "HTTPS://R.communication.azure.com:443/chat/threads?syncState=a%2Bb%3D, https://gateway.example/chat/threads?syncState=a%2Bb%3D",
        "http://[::1]:9443/chat/threads, https://gateway.example/chat/threads",
        "https://r.communication.azure.com/identities/1, https://r.communication.azure.com/identities/1",
        "https://r.communication.azure.com, https://r.communication.azure.com",
        "https://r.communication.azure.com?x=/chat/, https://r.communication.azure.com?x=/chat/",
        "/chat/threads/1, /chat/threads/1",
        "ftp://r/chat/threads, ftp://r/chat/threads",
    })
    void link_below_chat_leads_through_the_gateway(String link, String expected) {
        assertThat(links.rewrite(link, ORIGIN)).isEqualTo(expected);
    }

    @Test
    void base_path_of_the_service_is_removed() {
        ChatLinks behind = new ChatLinks("/acs");
        assertThat(behind.rewrite("https://r/acs/chat/threads?x=1", ORIGIN)).isEqualTo(ORIGIN + "/chat/threads?x=1");
        assertThat(behind.rewrite("https://r/chat/threads", ORIGIN)).isEqualTo("https://r/chat/threads");
    }

    @Test
    void only_the_link_of_a_page_changes() {
        String before = "\uFEFF".substring(1)
                + "{ \"value\" : [ {\"nextLink\":\"https://r/chat/inner\",\"n\":1.50e2,\"t\":\"\\u00e9\u00fc\uD83D\uDE00\"} ],\n\"nextLink\":";
        String after = " , \"more\":[1,2.0] }";

        assertThat(page(before + "\"https:\\/\\/r\\/chat\\/threads?a=%22\\u0026b\"" + after))
                .isEqualTo(before + "\"" + ORIGIN + "/chat/threads?a=%22&b\"" + after);
        assertThat(page("{\"nextLink\":\"https://r/chat/t\",\"value\":[]}"))
                .isEqualTo("{\"nextLink\":\"" + ORIGIN + "/chat/t\",\"value\":[]}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{\"value\":[]}",
                "{\"nextLink\":null,\"value\":[]}",
                "{\"nextLink\":7}",
                "{\"nextLink\":{\"nextLink\":\"https://r/chat/t\"}}",
                "[\"nextLink\",\"https://r/chat/t\"]",
                "{\"value\":[",
                "<html>",
            })
    void page_without_a_link_is_unchanged(String text) {
        assertThat(page(text)).isEqualTo(text);
        assertThat(page("")).isEmpty();
    }

    private String page(String text) {
        return links.rewritePage(Buffer.buffer(text), ORIGIN).toString();
    }
}
