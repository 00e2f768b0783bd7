package io.github.lora4j.adapter;

import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The directory that a version was read from, with the state of its files at that moment.
 * Immutable.
 */
record AdapterSource(Path directory, AdapterStamp stamp) {

  /** An adapter with where it came from. */
  record Read(LoraAdapter adapter, AdapterSource source) {}

  /**
   * Reads an adapter whose files stay as they are meanwhile.
   *
   * @throws CheckpointException if it cannot be loaded, or was written at the same time
   */
  static Read read(String name, Path directory) {
    Path absolute = directory.toAbsolutePath().normalize();
    AdapterStamp before = stamp(absolute);
    LoraAdapter adapter = PeftAdapterFiles.load(name, absolute);
    if (!before.equals(stamp(absolute))) {
      throw new CheckpointException(absolute.toString(), "was written while it was read");
    }
    return new Read(adapter, new AdapterSource(absolute, before));
  }

  /** Whether the directory still holds this version, as far as the file system can say. */
  boolean unchanged() {
    try {
      return stamp.equals(AdapterStamp.of(directory));
    } catch (IOException e) {
      return false;
    }
  }

  private static AdapterStamp stamp(Path directory) {
    try {
      return AdapterStamp.of(directory);
    } catch (IOException e) {
      throw new CheckpointException(directory.toString(), "cannot be read: " + e, e);
    }
  }
}
