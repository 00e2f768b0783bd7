package io.github.lora4j.adapter;

import io.github.lora4j.checkpoint.CheckpointException;

/**
 * What a registry keeps of a replaced version to roll back to: its directory if that still holds
 * it, or else the data; never the form that calls ran. One of the two is null. Immutable.
 */
record PreviousVersion(LoraAdapter adapter, AdapterSource source) {

  /** What to keep of {@code old} beside a new version, or null if there is nothing left of it. */
  static PreviousVersion of(AdapterSlot<?> old) {
    if (old.source() != null && old.source().unchanged()) {
      return new PreviousVersion(null, old.source());
    }
    BoundAdapter<?> bound = old.bound();
    return bound == null ? null : new PreviousVersion(bound.adapter(), null);
  }

  /** Bytes that it takes in memory. */
  long bytes() {
    return adapter == null ? 0 : adapter.byteSize();
  }

  /**
   * The version again.
   *
   * @throws CheckpointException if its directory holds another one by now, or cannot be read
   */
  AdapterSource.Read read(AdapterReader reader, String name) {
    if (source == null) {
      return new AdapterSource.Read(adapter, null);
    }
    AdapterSource.Read read = AdapterSource.read(reader, name, source.path());
    if (!read.source().equals(source)) {
      throw new CheckpointException(
          source.path().toString(),
          "was written since; the earlier version of adapter '" + name + "' is gone");
    }
    return read;
  }
}
