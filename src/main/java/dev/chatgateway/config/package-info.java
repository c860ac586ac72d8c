/** The configuration as records, its loader and its checks. */
@NullMarked
package dev.chatgateway.config;

import org.jspecify.annotations.NullMarked;
