package dev.chatgateway.poll.diff;

import java.io.ByteArrayOutputStream;

/**
 * Numbers in as many bytes as they need, seven bits in each; small ones of either sign take one. A parked window of
 * sixteen messages takes a hundred bytes so, where its arrays take three hundred.
 */
public final class PackedNumbers {
    private static final int SEVEN = 0x7F;
    private static final int MORE = 0x80;

    private PackedNumbers() {}

    /** Packs numbers one by one. */
    public static final class Writer {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream(128);

        public void put(long number) {
            long rest = number << 1 ^ number >> 63;
            while (rest >>> 7 != 0) {
                out.write((int) (rest & SEVEN) | MORE);
                rest >>>= 7;
            }
            out.write((int) rest);
        }

        public byte[] done() {
            return out.toByteArray();
        }
    }

    /** Brings the numbers back in the order they were put. */
    public static final class Reader {
        private final byte[] bytes;
        private int at;

        public Reader(byte[] bytes) {
            this.bytes = bytes;
        }

        public long next() {
            long rest = 0;
            int shift = 0;
            while ((bytes[at] & MORE) != 0) {
                rest |= (long) (bytes[at++] & SEVEN) << shift;
                shift += 7;
            }
            rest |= (long) bytes[at++] << shift;
            return rest >>> 1 ^ -(rest & 1);
        }
    }
}
