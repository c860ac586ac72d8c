/** The polling verticle: watches, schedule, roster, and the difference of pages as events. */
@NullMarked
package dev.chatgateway.poll;

import org.jspecify.annotations.NullMarked;
