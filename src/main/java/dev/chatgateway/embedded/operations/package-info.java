/** What each operation of the API does to the rows. */
@NullMarked
package dev.chatgateway.embedded.operations;

import org.jspecify.annotations.NullMarked;
