package dev.chatgateway;

import io.vertx.core.transport.Transport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What sockets are made of (process.transport). */
final class NetworkTransport {
    private static final Logger LOG = LoggerFactory.getLogger(NetworkTransport.class);

    private NetworkTransport() {}

    /**
     * What was asked for by name must be there; epoll is taken where there is one. The log says which it is: a directory
     * for temporary files from which nothing may be run, for one, costs epoll, and nothing else would show that.
     */
    static Transport of(String name) {
        Transport wanted = name.equals("io_uring") ? Transport.IO_URING : Transport.EPOLL;
        if (name.equals("nio")) {
            LOG.info("transport           nio");
            return Transport.NIO;
        }
        if (available(wanted)) {
            LOG.info("transport           {}", wanted.name());
            return wanted;
        }
        if (!name.equals("native")) {
            throw new IllegalArgumentException("process.transport: " + name
                    + " (expected: native or nio, as this machine has or allows no io_uring)");
        }
        LOG.info("transport           nio, as there is no epoll here: {}", reason(wanted));
        return Transport.NIO;
    }

    private static boolean available(@Nullable Transport transport) {
        return transport != null && transport.available();
    }

    private static String reason(@Nullable Transport transport) {
        Throwable cause = transport == null ? null : transport.unavailabilityCause();
        return cause == null ? "not part of this build" : String.valueOf(cause.getMessage());
    }
}
