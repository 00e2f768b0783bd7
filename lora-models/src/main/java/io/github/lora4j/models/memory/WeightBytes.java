package io.github.lora4j.models.memory;

/**
 * What frozen weights take.
 *
 * @param heap bytes in memory
 * @param mapped bytes that stay in a mapped file, whose pages count as memory once they are read
 */
public record WeightBytes(long heap, long mapped) {
  /** Nothing. */
  public static final WeightBytes NONE = new WeightBytes(0, 0);

  /** So many bytes in memory. */
  public static WeightBytes inMemory(long bytes) {
    return new WeightBytes(bytes, 0);
  }

  /** So many bytes in a mapped file. */
  public static WeightBytes inFile(long bytes) {
    return new WeightBytes(0, bytes);
  }

  /** Both together. */
  public WeightBytes plus(WeightBytes other) {
    return new WeightBytes(heap + other.heap, mapped + other.mapped);
  }

  /** All bytes. */
  public long total() {
    return heap + mapped;
  }
}
