/** What the benchmarks of all rooms share. */
@org.jspecify.annotations.NullMarked
package dev.chatgateway.bench;
