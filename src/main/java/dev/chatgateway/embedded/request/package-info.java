/** Requests and responses: operations, fields, times, errors. */
@NullMarked
package dev.chatgateway.embedded.request;

import org.jspecify.annotations.NullMarked;
