/** The management port: health, metrics, operation. */
@NullMarked
package dev.chatgateway.admin;

import org.jspecify.annotations.NullMarked;
