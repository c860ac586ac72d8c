/** The WebSocket endpoint: one verticle for each event loop, upgrades, drain. */
@NullMarked
package dev.chatgateway.socket;

import org.jspecify.annotations.NullMarked;
