package dev.chatgateway.signaling.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacketTest {
    @Test
    void ping_is_answered_with_its_id() {
        Packet packet = Packet.parse("5:17+::{\"name\":\"ping\"}").orElseThrow();
        assertThat(packet).isEqualTo(new Packet('5', "17", true, "{\"name\":\"ping\"}"));
        assertThat(packet.answer()).isEqualTo("6:::17+[]".getBytes(StandardCharsets.US_ASCII));
        assertThat(packet.acknowledged()).isEqualTo(-1);
    }

    @Test
    void acknowledgement_names_a_push() {
        assertThat(Packet.parse("3:::{\"id\":9,\"status\":404}").orElseThrow().acknowledged())
                .isEqualTo(9);
        assertThat(Packet.parse("3:::not json").orElseThrow().acknowledged()).isEqualTo(-1);
        assertThat(Packet.parse("3:::{\"id\":\"9\"}").orElseThrow().acknowledged())
                .isEqualTo(-1);
    }

    @Test
    void packet_without_data_is_read() {
        assertThat(Packet.parse("0::")).contains(new Packet('0', "", false, ""));
        assertThat(Packet.parse("2::")).contains(new Packet('2', "", false, ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "5:", ":::", "x::", "12::", "5:abc+::", "5:1111111111111111111111+::"})
    void malformed_packet_is_ignored(String text) {
        assertThat(Packet.parse(text)).isEmpty();
    }

    @Test
    void several_packets_share_a_body() {
        List<String> packets = List.of("5:1+::{\"name\":\"p\u00e4\"}", "0::", "3:::{\"id\":\"\ud83d\ude00\"}");
        String body = Packet.join(packets.stream()
                .map(packet -> packet.getBytes(StandardCharsets.UTF_8))
                .toList());
        assertThat(body).startsWith("\ufffd" + packets.get(0).length() + "\ufffd");
        assertThat(Packet.split(body)).isEqualTo(packets);
        assertThat(Packet.split("2::")).containsExactly("2::");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ufffd", "\ufffd9\ufffd2::", "\ufffdx\ufffd2::", "\ufffd99999999\ufffd2::"})
    void malformed_body_brings_no_packet(String body) {
        assertThat(Packet.split(body)).isEmpty();
    }

    @Test
    void acknowledgement_is_read_wherever_its_id_stands() {
        assertThat(acknowledged("{\"id\":7,\"status\":200}")).isEqualTo(7);
        assertThat(acknowledged("{\"id\":7}")).isEqualTo(7);
        assertThat(acknowledged("{ \"status\":200, \"id\" : 123456789012}")).isEqualTo(123456789012L);
        assertThat(acknowledged("{\"id\":7.5,\"status\":200}")).isEqualTo(7);
        assertThat(acknowledged("{\"id\":,\"status\":200}")).isEqualTo(-1);
        assertThat(acknowledged("{\"id\":\"7\"}")).isEqualTo(-1);
        assertThat(acknowledged("{\"id\":7")).isEqualTo(-1);
        assertThat(acknowledged("{\"id\":" + "9".repeat(30) + "}")).isNotNull();
    }

    private static long acknowledged(String data) {
        return Packet.parse("3:::" + data).orElseThrow().acknowledged();
    }

    @Test
    void plain_acknowledgement_is_read_as_by_the_parser() {
        List<String> packets = List.of(
                "3:::{\"id\":7,\"status\":200,\"headers\":{},\"body\":\"\"}",
                "3:::{\"id\":0}",
                "3:::{\"id\":12345678901234567,\"status\":200}");
        for (String packet : packets) {
            long id = Packet.acknowledgement(ByteBuffer.wrap(packet.getBytes(StandardCharsets.UTF_8)));
            assertEquals(Packet.parse(packet).orElseThrow().acknowledged(), id, packet);
        }
    }

    @Test
    void other_packets_are_left_to_the_parser() {
        List<String> packets = List.of(
                "",
                "2::",
                "3:::",
                "3:::{\"id\":",
                "3:::{\"id\":7",
                "3:::{\"id\":}",
                "3:::{\"id\":-7}",
                "3:::{\"id\": 7}",
                "3:::{\"id\":7.5}",
                "3:::{\"id\":123456789012345678}",
                "3:1::{\"id\":7}",
                "3:::{\"id\":7,\"body\":\"\u00e9\"}",
                "3:::{\"id\":7,\"body\":\"" + "x".repeat(300) + "\"}",
                "5:1+::{\"name\":\"ping\"}");
        for (String packet : packets) {
            assertEquals(-1, Packet.acknowledgement(ByteBuffer.wrap(packet.getBytes(StandardCharsets.UTF_8))), packet);
        }
    }
}
