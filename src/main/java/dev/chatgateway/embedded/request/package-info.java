/** Requests as they are read and answers as they are written: operations, fields, times, errors. */
@NullMarked
package dev.chatgateway.embedded.request;

import org.jspecify.annotations.NullMarked;
