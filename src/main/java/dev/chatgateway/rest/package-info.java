/** HTTP routes of the demo page, the development routes and the Event Grid webhook. */
@NullMarked
package dev.chatgateway.rest;

import org.jspecify.annotations.NullMarked;
