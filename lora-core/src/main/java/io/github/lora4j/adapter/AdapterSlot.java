package io.github.lora4j.adapter;

/**
 * One version of one name in a registry: in memory, or to be read back from its directory. Every
 * form that a slot ever has is of the same version. All but {@code bound} is fixed.
 */
final class AdapterSlot<T> {

  private final String name;
  private final long version;
  private final long bytes;
  private final AdapterSource source;
  private final PreviousVersion previous;
  private final AdapterUse use;
  private volatile BoundAdapter<T> bound;

  /** A version in memory; {@code source} and {@code previous} may be null. */
  AdapterSlot(
      BoundAdapter<T> bound, AdapterSource source, PreviousVersion previous, AdapterUse use) {
    this(bound.adapter().name(), bound.version(), bytes(bound), source, previous, use);
    this.bound = bound;
  }

  private AdapterSlot(
      String name,
      long version,
      long bytes,
      AdapterSource source,
      PreviousVersion previous,
      AdapterUse use) {
    this.name = name;
    this.version = version;
    this.bytes = bytes;
    this.source = source;
    this.previous = previous;
    this.use = use;
  }

  /** A form is counted as large as the data: it holds what it needs in another order. */
  private static long bytes(BoundAdapter<?> bound) {
    long data = bound.adapter().byteSize();
    return bound.form() == bound.adapter() ? data : 2 * data;
  }

  /** The same version with nothing to roll back to; called with the registry's lock held. */
  AdapterSlot<T> withoutPrevious() {
    AdapterSlot<T> copy = new AdapterSlot<>(name, version, bytes, source, null, use);
    copy.bound = bound;
    return copy;
  }

  String name() {
    return name;
  }

  long version() {
    return version;
  }

  /** Bytes of the version in memory. */
  long bytes() {
    return bytes;
  }

  AdapterSource source() {
    return source;
  }

  PreviousVersion previous() {
    return previous;
  }

  AdapterUse use() {
    return use;
  }

  /** The version, or null if it has to be read back. */
  BoundAdapter<T> bound() {
    return bound;
  }

  void keep(BoundAdapter<T> readBack) {
    bound = readBack;
  }

  void drop() {
    bound = null;
  }

  /** Whether it may leave memory: it can be read back, and nobody said that it stays. */
  boolean evictable() {
    return source != null && !use.pinned();
  }

  /** Bytes kept for rolling back. */
  long previousBytes() {
    return previous == null ? 0 : previous.bytes();
  }
}
