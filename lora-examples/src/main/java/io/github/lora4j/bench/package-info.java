/** Benchmarks that {@code lora bench} runs by name. */
package io.github.lora4j.bench;
