package io.github.lora4j.adapter;

import io.github.lora4j.checkpoint.CheckpointException;
import java.nio.file.Path;

/**
 * Reads adapters in PEFT's layout that fit a base and a budget: both are checked before any number
 * is read, so a file of any size is refused at once. Thread-safe.
 *
 * @param base what modules have to fit, or null if only the form of a model tells
 * @param most bytes of an adapter's numbers as float32
 */
public record PeftReader(BaseCheck base, long most) implements AdapterReader {
  /** A reader for a base that takes whatever the heap may hold. */
  public PeftReader(BaseCheck base) {
    this(base, Runtime.getRuntime().maxMemory());
  }

  /**
   * Reads an adapter.
   *
   * @throws CheckpointException as {@link PeftAdapterFiles#load(String, Path)}
   * @throws IllegalArgumentException if a module is not one of the base, or of another shape there
   * @throws IllegalStateException if it is too large
   */
  @Override
  public LoraAdapter read(String name, Path path) {
    return PeftAdapterFiles.load(
        name,
        path,
        PeftAdapterFiles.modulePrefix(path),
        outline -> {
          if (base != null) {
            base.check(name, outline);
          }
          outline.requireAtMost(name, Math.min(most, Runtime.getRuntime().maxMemory()));
        });
  }
}
