/** The operations of the API. */
@NullMarked
package dev.chatgateway.embedded.operations;

import org.jspecify.annotations.NullMarked;
