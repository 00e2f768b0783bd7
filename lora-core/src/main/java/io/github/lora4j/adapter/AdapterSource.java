package io.github.lora4j.adapter;

import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Path;

/** The directory or file that a version was read from, with its state at that moment. Immutable. */
record AdapterSource(Path path, AdapterStamp stamp) {

  /** An adapter with where it came from. */
  record Read(LoraAdapter adapter, AdapterSource source) {}

  /**
   * Reads an adapter whose files stay as they are meanwhile.
   *
   * @throws CheckpointException if it cannot be loaded, or was written at the same time
   */
  static Read read(AdapterReader reader, String name, Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    AdapterStamp before = stamp(absolute);
    LoraAdapter adapter = reader.read(name, absolute);
    if (!before.equals(stamp(absolute))) {
      throw new CheckpointException(absolute.toString(), "was written while it was read");
    }
    return new Read(adapter, new AdapterSource(absolute, before));
  }

  /** Whether the path still holds this version, as far as the file system can say. */
  boolean unchanged() {
    try {
      return stamp.equals(AdapterStamp.of(path));
    } catch (IOException e) {
      return false;
    }
  }

  private static AdapterStamp stamp(Path path) {
    try {
      return AdapterStamp.of(path);
    } catch (IOException e) {
      throw new CheckpointException(path.toString(), "cannot be read: " + e, e);
    }
  }
}
