/** The service's REST API below /chat, passed through. */
@NullMarked
package dev.chatgateway.chatproxy;

import org.jspecify.annotations.NullMarked;
