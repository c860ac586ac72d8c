/** The hub of each event loop: thread to subscribers, visibility, encode once per audience. */
@NullMarked
package dev.chatgateway.fanout;

import org.jspecify.annotations.NullMarked;
