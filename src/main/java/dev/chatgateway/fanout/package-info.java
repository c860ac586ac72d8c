/** The hub of each event loop: subscriptions, visibility, encoding once per audience, delivery. */
@NullMarked
package dev.chatgateway.fanout;

import org.jspecify.annotations.NullMarked;
