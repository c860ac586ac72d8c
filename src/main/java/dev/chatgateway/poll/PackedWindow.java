package dev.chatgateway.poll;

import java.io.ByteArrayOutputStream;

/**
 * A message window in little space: ids as differences and versions as the time since their id, in numbers of as many
 * bytes as they need. Sixteen messages of a usual thread take a hundred bytes, where the window has three hundred.
 */
final class PackedWindow {
    private static final int SEVEN = 0x7F;
    private static final int MORE = 0x80;

    private final byte[] bytes;

    private PackedWindow(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Packs numbers one by one. */
    static final class Writer {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream(128);

        /** Small numbers of either sign take few bytes. */
        void put(long number) {
            long rest = number << 1 ^ number >> 63;
            while (rest >>> 7 != 0) {
                out.write((int) (rest & SEVEN) | MORE);
                rest >>>= 7;
            }
            out.write((int) rest);
        }

        PackedWindow done() {
            return new PackedWindow(out.toByteArray());
        }
    }

    /** Reads the numbers in the order they were put. */
    final class Reader {
        private int at;

        long next() {
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

    Reader read() {
        return new Reader();
    }
}
