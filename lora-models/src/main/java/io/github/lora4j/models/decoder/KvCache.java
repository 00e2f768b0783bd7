package io.github.lora4j.models.decoder;

import io.github.lora4j.autograd.CachedAttention;
import java.util.Arrays;

/**
 * Keys and values of one sequence, layer by layer, so that a token is computed once. It grows with
 * the sequence. For one thread at a time.
 */
public final class KvCache {
  private static final int FIRST = 64;

  private final int cols;
  private final float[][] keys;
  private final float[][] values;
  private int length;

  /**
   * @param layers of the model
   * @param cols features of all key heads of a layer together
   */
  KvCache(int layers, int cols) {
    this.cols = cols;
    this.keys = new float[layers][];
    this.values = new float[layers][];
  }

  /** Positions in use. */
  public int length() {
    return length;
  }

  /** Forgets what comes after a position, for example to try another continuation. */
  public void truncate(int newLength) {
    if (newLength < 0 || newLength > length) {
      throw new IllegalArgumentException("length is " + length + ", cannot become " + newLength);
    }
    length = newLength;
  }

  /** Bytes held. */
  public long bytes() {
    long bytes = 0;
    for (float[] layer : keys) {
      bytes += layer == null ? 0 : 2L * Float.BYTES * layer.length;
    }
    return bytes;
  }

  /** Takes keys and values of {@code count} new positions of a layer, without counting them yet. */
  CachedAttention.Keys append(int layer, float[] k, float[] v, int firstRow, int count) {
    int needed = Math.multiplyExact(length + count, cols);
    keys[layer] = grown(keys[layer], needed);
    values[layer] = grown(values[layer], needed);
    System.arraycopy(k, firstRow * cols, keys[layer], length * cols, count * cols);
    System.arraycopy(v, firstRow * cols, values[layer], length * cols, count * cols);
    return new CachedAttention.Keys(keys[layer], values[layer], length + count);
  }

  private float[] grown(float[] array, int needed) {
    if (array == null) {
      return new float[Math.max(FIRST * cols, needed)];
    }
    int grown = (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, array.length * 2L));
    return array.length >= needed ? array : Arrays.copyOf(array, grown);
  }

  /** Counts positions that all layers have taken. */
  void advance(int count) {
    length += count;
  }
}
