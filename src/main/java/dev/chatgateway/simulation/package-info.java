/** The model service and the virtual time behind the command plan. */
@NullMarked
package dev.chatgateway.simulation;

import org.jspecify.annotations.NullMarked;
