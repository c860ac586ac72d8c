/** Certificates: the development authority and what it issues. */
@NullMarked
package dev.chatgateway.tls;

import org.jspecify.annotations.NullMarked;
