/** Entry point and wiring; the only package that depends on all others. */
@NullMarked
package dev.chatgateway;

import org.jspecify.annotations.NullMarked;
