package io.github.lora4j.compute;

import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Arrays that are used again and again, so that a step of training or a call of a model allocates
 * almost nothing once it has run. Lengths are rounded up to one of four sizes per power of two, and
 * a free array of up to twice the size is taken before a new one. Thread-safe; an array belongs to
 * its borrower until it is given back.
 */
public final class FloatBuffers {
  private static final int STEPS = 4;
  private static final int SMALLEST = 64;

  private final ConcurrentLinkedDeque<float[]>[] free;

  /** An empty pool. */
  @SuppressWarnings("unchecked")
  public FloatBuffers() {
    free = new ConcurrentLinkedDeque[STEPS * 32];
    for (int i = 0; i < free.length; i++) {
      free[i] = new ConcurrentLinkedDeque<>();
    }
  }

  /** An array of at least {@code length} elements with undefined content. */
  public float[] borrow(int length) {
    int sizeClass = sizeClass(length);
    for (int larger = sizeClass; larger < Math.min(free.length, sizeClass + STEPS); larger++) {
      float[] buffer = free[larger].pollFirst();
      if (buffer != null) {
        return buffer;
      }
    }
    return new float[capacity(sizeClass)];
  }

  /** Gives back an array that {@link #borrow} returned; it must not be used afterwards. */
  public void release(float[] buffer) {
    free[sizeClass(buffer.length)].addFirst(buffer);
  }

  private static int sizeClass(int length) {
    int needed = Math.max(length, SMALLEST) - 1;
    int exponent = 31 - Integer.numberOfLeadingZeros(needed);
    int quarter = (needed >>> (exponent - 2)) & 3;
    return exponent * STEPS + quarter;
  }

  private static int capacity(int sizeClass) {
    int exponent = sizeClass / STEPS;
    long length = (1L << exponent) + (sizeClass % STEPS + 1L) * (1L << (exponent - 2));
    return (int) Math.min(length, Integer.MAX_VALUE - 8);
  }
}
