package dev.chatgateway.cluster;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.dataformat.smile.databind.SmileMapper;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;

/**
 * Encodes messages between nodes as Smile, a binary JSON. Fields that this version does not know are ignored. A value of
 * another type than its field makes the whole envelope unreadable: it is counted and dropped, and the gap makes the node
 * request the state.
 */
final class NodeCodec {
    private static final Map<Class<?>, String> KINDS = kinds();

    private final ObjectMapper mapper = SmileMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .addModule(new SimpleModule()
                    .addSerializer(Instant.class, new InstantWriter())
                    .addDeserializer(Instant.class, new InstantReader()))
            .build();

    /** The name of the message's type in JSON. */
    static String kind(NodeMessage message) {
        return KINDS.getOrDefault(message.getClass(), "other");
    }

    private static Map<Class<?>, String> kinds() {
        JsonSubTypes types = Objects.requireNonNull(NodeMessage.class.getAnnotation(JsonSubTypes.class));
        return Stream.of(types.value())
                .collect(Collectors.toUnmodifiableMap(JsonSubTypes.Type::value, JsonSubTypes.Type::name));
    }

    Buffer encode(Envelope envelope) {
        try {
            return Buffer.buffer(mapper.writeValueAsBytes(envelope));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Fails with {@link IOException} for anything but an envelope that this version can read. */
    Envelope decode(Buffer bytes) throws IOException {
        return mapper.readValue(bytes.getBytes(), Envelope.class);
    }

    private static final class InstantWriter extends StdSerializer<Instant> {
        private static final long serialVersionUID = 1;

        InstantWriter() {
            super(Instant.class);
        }

        @Override
        public void serialize(Instant value, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeNumber(value.toEpochMilli());
        }
    }

    private static final class InstantReader extends StdDeserializer<Instant> {
        private static final long serialVersionUID = 1;

        InstantReader() {
            super(Instant.class);
        }

        @Override
        public Instant deserialize(JsonParser in, DeserializationContext context) throws IOException {
            if (!in.hasToken(JsonToken.VALUE_NUMBER_INT)) {
                context.reportInputMismatch(this, "a time is a whole number of milliseconds");
            }
            return Instant.ofEpochMilli(in.getLongValue());
        }
    }
}
