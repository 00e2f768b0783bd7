package io.github.lora4j.cli;

import java.nio.file.Path;

/**
 * An adapter on the command line.
 *
 * @param name what its answers are called
 * @param directory where it lies
 */
record NamedAdapter(String name, Path directory) {}
