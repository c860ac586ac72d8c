package dev.chatgateway;

import io.vertx.core.transport.Transport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses the implementation of sockets (process.transport). */
final class NetworkTransport {
    private static final Logger LOG = LoggerFactory.getLogger(NetworkTransport.class);

    private NetworkTransport() {}

    /**
     * Fails if a transport that the configuration names is missing; otherwise uses epoll where available. The log names the
     * result, because epoll may be missing without any other sign, for example if the directory for temporary files is
     * mounted noexec.
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
