package io.github.lora4j.compute;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Arrays that are used again and again, so that a step of training or a call of a model allocates
 * almost nothing once it has run. Lengths are rounded up to one of four sizes per power of two, and
 * a free array of up to twice the size is taken before a new one. Thread-safe; an array belongs to
 * its borrower until it is given back.
 *
 * <p>Free arrays that do not fit are dropped for new ones, so that all together never take more
 * than an eighth beyond what was lent at the same time; where the largest need was reserved,
 * nothing beyond that. Without the eighth, two threads that borrow in changing order would drop
 * arrays and make the same ones again all the time.
 */
public final class FloatBuffers {
  private static final int STEPS = 4;
  private static final int SMALLEST = 64;

  private final ConcurrentLinkedDeque<float[]>[] free;
  private final AtomicLong freeLength = new AtomicLong();
  private final AtomicLong lentLength = new AtomicLong();
  private final AtomicLong mostLent = new AtomicLong();
  private final AtomicLong limit = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private volatile boolean reserved;
  private volatile long collectAfter = Long.MAX_VALUE;

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
      float[] buffer = take(larger);
      if (buffer != null) {
        return lend(buffer);
      }
    }
    int capacity = capacity(sizeClass);
    makeRoom(sizeClass, capacity);
    return lend(new float[capacity]);
  }

  /**
   * Makes arrays in advance, as if arrays of these lengths had been lent at the same time and given
   * back: a run whose largest need is known does not have to grow.
   */
  public void reserve(int[] lengths) {
    long sum = 0;
    for (int length : lengths) {
      float[] buffer = new float[capacity(sizeClass(length))];
      sum += buffer.length;
      freeLength.addAndGet(buffer.length);
      free[sizeClass(buffer.length)].addFirst(buffer);
    }
    limit.accumulateAndGet(sum, Math::max);
    reserved = true;
  }

  /**
   * Has garbage collected whenever arrays of so many bytes have been dropped: the virtual machine
   * would enlarge its heap first. For programs that promise how much memory they take.
   */
  public void collectAfterDropping(long bytes) {
    collectAfter = bytes;
  }

  /** Gives back an array that {@link #borrow} returned; it must not be used afterwards. */
  public void release(float[] buffer) {
    lentLength.addAndGet(-buffer.length);
    freeLength.addAndGet(buffer.length);
    free[sizeClass(buffer.length)].addFirst(buffer);
  }

  /** Bytes of the array that {@link #borrow} makes for this length. */
  public static long bytes(int length) {
    return (long) Float.BYTES * capacity(sizeClass(length));
  }

  /** The most bytes that were lent at the same time. */
  public long peakBytes() {
    return Float.BYTES * mostLent.get();
  }

  /** Bytes of all arrays, lent and free. */
  public long heldBytes() {
    return Float.BYTES * (lentLength.get() + freeLength.get());
  }

  private float[] lend(float[] buffer) {
    long lent = lentLength.addAndGet(buffer.length);
    if (lent > mostLent.get()) {
      mostLent.accumulateAndGet(lent, Math::max);
      limit.accumulateAndGet(lent, Math::max);
    }
    return buffer;
  }

  private float[] take(int sizeClass) {
    float[] buffer = free[sizeClass].pollFirst();
    if (buffer != null) {
      freeLength.addAndGet(-buffer.length);
    }
    return buffer;
  }

  /** Drops free arrays, first those that are just too short: longer batches have outgrown them. */
  private void makeRoom(int sizeClass, int capacity) {
    for (int i = 1; i < free.length && isFull(capacity); i++) {
      int next = Math.floorMod(sizeClass - i, free.length);
      while (isFull(capacity) && drop(next)) {
        continue;
      }
    }
    if (dropped.get() > collectAfter) {
      dropped.set(0);
      System.gc();
    }
  }

  private boolean drop(int sizeClass) {
    float[] buffer = take(sizeClass);
    if (buffer != null) {
      dropped.addAndGet((long) Float.BYTES * buffer.length);
    }
    return buffer != null;
  }

  /** Whether a new array would be more than all together may take. */
  private boolean isFull(int capacity) {
    long most = reserved ? limit.get() : limit.get() + limit.get() / 8;
    long room = most - lentLength.get() - capacity;
    return freeLength.get() > Math.max(0, room);
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
