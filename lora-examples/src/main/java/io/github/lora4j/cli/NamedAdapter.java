package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import java.nio.file.Path;

/**
 * An adapter on the command line.
 *
 * @param name what its answers are called
 * @param directory where it lies
 */
record NamedAdapter(String name, Path directory) {
  /** An adapter that is called as its folder. */
  static NamedAdapter of(Path directory) {
    return new NamedAdapter(nameOf(directory), directory);
  }

  /** What an adapter in this folder is called. */
  static String nameOf(Path directory) {
    Path name = directory.toAbsolutePath().normalize().getFileName();
    return name == null ? directory.toString() : name.toString();
  }

  /**
   * Reads it.
   *
   * @throws io.github.lora4j.checkpoint.CheckpointException if a file is missing or damaged
   */
  LoraAdapter load() {
    return PeftAdapterFiles.load(name, directory);
  }
}
