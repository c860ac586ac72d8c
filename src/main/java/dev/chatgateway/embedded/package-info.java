/** The embedded service, compatible with ACS Chat and Identity: start and stop. */
@NullMarked
package dev.chatgateway.embedded;

import org.jspecify.annotations.NullMarked;
