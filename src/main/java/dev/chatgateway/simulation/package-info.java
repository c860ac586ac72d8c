/** The model of the chat service and the virtual time that the command {@code plan} simulates with. */
@NullMarked
package dev.chatgateway.simulation;

import org.jspecify.annotations.NullMarked;
