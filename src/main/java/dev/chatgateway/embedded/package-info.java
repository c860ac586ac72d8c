/** The embedded service, compatible with ACS Chat and Identity: its options, start and end. */
@NullMarked
package dev.chatgateway.embedded;

import org.jspecify.annotations.NullMarked;
