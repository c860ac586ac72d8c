package dev.chatgateway.bench;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The options of a run.
 *
 * @param protocol how the receivers speak
 * @param url the gateway's WebSocket; the live channel is at the same host and port
 * @param ingest management port whose /ingest accepts messages; empty: messages are sent as a client sends them
 * @param connections sockets, each subscribed to one thread, or sessions that receive all threads
 * @param slow additional sockets that subscribe and then read nothing
 * @param threads number of threads; the sockets are distributed over them
 * @param users number of users created for the run; all are members of all threads
 * @param tokens file with one token a line, instead of creating users; empty: the gateway's /dev routes create users
 * @param threadIds file with one thread a line, of which the tokens' users are members; empty: threads are created
 * @param rate messages per second over all threads; 0: as fast as possible, with {@code window} of them in flight
 * @param window maximum number of messages in flight; one is in flight until all its subscribers have it
 * @param size bytes of a message's text
 * @param warmUpSeconds duration before the measurement
 * @param seconds duration of the measurement
 * @param authority PEM file of the authority of the gateway's certificate
 * @param pid process of the gateway on this machine; its CPU and memory are read from /proc
 */
record BenchOptions(
        Protocol protocol,
        URI url,
        Optional<URI> ingest,
        int connections,
        int slow,
        int threads,
        int users,
        Optional<Path> tokens,
        Optional<Path> threadIds,
        int rate,
        int window,
        int size,
        int warmUpSeconds,
        int seconds,
        Optional<Path> authority,
        Optional<Long> pid) {

    /** The URL of the gateway's HTTP routes, with the host and port of its WebSocket. */
    URI pages() {
        return URI.create((url.getScheme().equals("wss") ? "https://" : "http://") + url.getRawAuthority() + "/");
    }
}
