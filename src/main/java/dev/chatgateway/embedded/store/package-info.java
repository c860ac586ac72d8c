/** Rows of threads, messages and identities, in memory or in a file. */
@NullMarked
package dev.chatgateway.embedded.store;

import org.jspecify.annotations.NullMarked;
