package dev.chatgateway.poll.diff;

import java.io.ByteArrayOutputStream;

/**
 * Encodes numbers as zigzag varints: seven bits a byte, one byte for small numbers of either sign. The window of an
 * idle thread with sixteen messages takes about 100 bytes in this form; its arrays take about 300.
 */
public final class PackedNumbers {
    private static final int SEVEN_BITS = 0x7F;
    private static final int CONTINUED = 0x80;

    private PackedNumbers() {}

    /** Appends numbers to a byte array. */
    public static final class Writer {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream(128);

        public void put(long number) {
            long rest = number << 1 ^ number >> 63;
            while (rest >>> 7 != 0) {
                out.write((int) (rest & SEVEN_BITS) | CONTINUED);
                rest >>>= 7;
            }
            out.write((int) rest);
        }

        public byte[] toBytes() {
            return out.toByteArray();
        }
    }

    /** Returns the numbers in the order in which they were put. */
    public static final class Reader {
        private final byte[] bytes;
        private int offset;

        public Reader(byte[] bytes) {
            this.bytes = bytes;
        }

        public long next() {
            long rest = 0;
            int shift = 0;
            while ((bytes[offset] & CONTINUED) != 0) {
                rest |= (long) (bytes[offset++] & SEVEN_BITS) << shift;
                shift += 7;
            }
            rest |= (long) bytes[offset++] << shift;
            return rest >>> 1 ^ -(rest & 1);
        }
    }
}
