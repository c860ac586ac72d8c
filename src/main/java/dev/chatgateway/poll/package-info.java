/** Polls each watched thread once for all its subscribers: the verticle, the registry of polled threads, reports. */
@NullMarked
package dev.chatgateway.poll;

import org.jspecify.annotations.NullMarked;
