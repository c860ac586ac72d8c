/** Demo page, development routes and the webhook of Event Grid. */
@NullMarked
package dev.chatgateway.rest;

import org.jspecify.annotations.NullMarked;
