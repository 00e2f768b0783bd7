package io.github.lora4j.models.weights;

/**
 * What frozen weights take.
 *
 * @param heap bytes in memory
 * @param mapped bytes that stay in a mapped file, whose pages count as memory once they are read
 * @param passed bytes that are mapped only while the model is opened
 * @param reading the most bytes that are in memory beside them while one weight is read
 */
public record WeightBytes(long heap, long mapped, long passed, long reading) {
  /** Nothing. */
  public static final WeightBytes NONE = new WeightBytes(0, 0, 0, 0);

  /** Copies of a weight while it is read: as float32, and in the order of the kernels. */
  private static final int COPIES = 2;

  /** So many bytes in memory. */
  public static WeightBytes inMemory(long bytes) {
    return new WeightBytes(bytes, 0, 0, 0);
  }

  /** So many bytes in memory that are made out of others in a mapped file. */
  public static WeightBytes copied(long bytes, long from) {
    return new WeightBytes(bytes, 0, from, 0);
  }

  /** So many bytes in memory that are made out of others, read one weight at a time. */
  public static WeightBytes read(long bytes, long from) {
    return new WeightBytes(bytes, 0, 0, from);
  }

  /** The same by way of float32 values. */
  public static WeightBytes converted(long bytes, long from, long values) {
    return new WeightBytes(bytes, 0, 0, from + COPIES * Float.BYTES * values);
  }

  /** So many bytes in a mapped file. */
  public static WeightBytes inFile(long bytes) {
    return new WeightBytes(0, bytes, 0, 0);
  }

  /** Both, one read after the other. */
  public WeightBytes plus(WeightBytes other) {
    return new WeightBytes(
        heap + other.heap,
        mapped + other.mapped,
        passed + other.passed,
        Math.max(reading, other.reading));
  }

  /** All bytes that stay. */
  public long total() {
    return heap + mapped;
  }
}
