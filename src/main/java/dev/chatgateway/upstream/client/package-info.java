/** The chat service over HTTP: connections, requests, answers. */
@NullMarked
package dev.chatgateway.upstream.client;

import org.jspecify.annotations.NullMarked;
