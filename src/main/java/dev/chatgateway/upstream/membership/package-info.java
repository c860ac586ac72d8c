/** Keeps calls of non-members from spending a thread's rate windows. */
@NullMarked
package dev.chatgateway.upstream.membership;

import org.jspecify.annotations.NullMarked;
