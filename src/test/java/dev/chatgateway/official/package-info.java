/**
 * The proof with Microsoft's own clients, taken from their package registries and used as their documentation says: Java in this
 * JVM, JavaScript and Python as processes. Each test class runs once for each {@link dev.chatgateway.official.OfficialTarget}.
 */
@org.jspecify.annotations.NullMarked
package dev.chatgateway.official;
