package dev.chatgateway.socket;

/**
 * A UTF-8 validator after the table of RFC 3629 section 4, byte by byte, which reports an error at the first impossible
 * byte.
 */
final class Utf8Prefix {
    private int open;
    private int from = 0x80;
    private int to = 0xbf;

    /** Whether the text may continue with these bytes. */
    boolean takes(byte[] bytes, int begin, int end) {
        for (int i = begin; i < end; i++) {
            if (!takes(bytes[i] & 0xff)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the text may end here. */
    boolean whole() {
        return open == 0;
    }

    private boolean takes(int b) {
        if (open > 0) {
            boolean fits = b >= from && b <= to;
            open--;
            tail(0x80, 0xbf, open);
            return fits;
        }
        if (b < 0x80) {
            return true;
        }
        if (b >= 0xc2 && b <= 0xdf) {
            return tail(0x80, 0xbf, 1);
        } else if (b >= 0xe0 && b <= 0xef) {
            return tail(b == 0xe0 ? 0xa0 : 0x80, b == 0xed ? 0x9f : 0xbf, 2);
        }
        return b >= 0xf0 && b <= 0xf4 && tail(b == 0xf0 ? 0x90 : 0x80, b == 0xf4 ? 0x8f : 0xbf, 3);
    }

    private boolean tail(int least, int most, int bytes) {
        from = least;
        to = most;
        open = bytes;
        return true;
    }
}
