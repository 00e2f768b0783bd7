package io.github.lora4j.bench;

import java.util.function.Consumer;

/**
 * What a benchmark is told.
 *
 * @param threads to compute on, at least 1
 * @param log takes lines about how it goes
 */
public record BenchOptions(int threads, Consumer<String> log) {}
