/** Plain HTTP for browsers: the demo page, its client library and its development routes. */
@NullMarked
package dev.chatgateway.rest;

import org.jspecify.annotations.NullMarked;
