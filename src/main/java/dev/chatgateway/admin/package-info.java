/** The management port: health, metrics, state. */
@NullMarked
package dev.chatgateway.admin;

import org.jspecify.annotations.NullMarked;
