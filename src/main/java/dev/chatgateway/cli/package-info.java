/** The commands of the jar beside the gateway itself. */
@NullMarked
package dev.chatgateway.cli;

import org.jspecify.annotations.NullMarked;
