/** Command line commands other than running the gateway. */
@NullMarked
package dev.chatgateway.cli;

import org.jspecify.annotations.NullMarked;
