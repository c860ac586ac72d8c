/** Access tokens, access keys and signatures of requests. */
@NullMarked
package dev.chatgateway.embedded.auth;

import org.jspecify.annotations.NullMarked;
