/** The calls that polls make to the chat service, and the classification of their failures. */
@NullMarked
package dev.chatgateway.poll.source;

import org.jspecify.annotations.NullMarked;
