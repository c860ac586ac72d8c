/** TLS files of the listeners, and the development certificate authority. */
@NullMarked
package dev.chatgateway.tls;

import org.jspecify.annotations.NullMarked;
