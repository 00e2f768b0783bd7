package io.github.lora4j.adapter;

import java.nio.file.Path;

/**
 * Reads an adapter from disk: {@link PeftAdapterFiles#load(String, Path)}, or a reader that knows
 * other layouts as well. Implementations are thread-safe.
 */
@FunctionalInterface
public interface AdapterReader {
  /**
   * Reads an adapter.
   *
   * @param name the name that the adapter gets
   * @param path where it lies: a directory, or a file if the layout is one
   * @throws io.github.lora4j.checkpoint.CheckpointException if it cannot be loaded
   */
  LoraAdapter read(String name, Path path);
}
