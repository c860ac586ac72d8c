package dev.chatgateway.bench;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What is run against which gateway.
 *
 * @param url the gateway's WebSocket
 * @param ingest where messages are put in past the chat service; empty: they are sent as a client sends them
 * @param connections sockets, each subscribed to one thread
 * @param slow sockets beside these that subscribe and then read nothing
 * @param threads threads; the sockets are spread over them
 * @param users users made for the run, who all are members of all threads
 * @param tokens file with one token a line, instead of making users; empty: users come from the gateway's /dev routes
 * @param threadIds file with one thread a line, which the tokens' users are members of; empty: threads are made
 * @param rate messages a second over all threads; 0: as fast as it goes, with {@code window} of them under way
 * @param window messages under way at most; one is under way until all its subscribers have it
 * @param size bytes of a message's text
 * @param warmUpSeconds run before anything is counted
 * @param seconds measured
 * @param authority PEM file of the authority that vouches for the gateway's certificate
 * @param pid process of the gateway on this machine, whose CPU and memory are read from /proc
 */
record BenchOptions(
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

    /** The gateway's pages, under the same host and port as its WebSocket. */
    URI pages() {
        return URI.create((url.getScheme().equals("wss") ? "https://" : "http://") + url.getRawAuthority() + "/");
    }
}
