package io.github.lora4j.models.decoder;

import io.github.lora4j.autograd.CachedAttention;
import java.util.Arrays;

/**
 * Keys and values of one sequence, layer by layer, so that a token is computed once. It grows with
 * the sequence. For one thread at a time.
 */
public final class KvCache {
  private static final int FIRST = 64;

  private final int heads;
  private final int headSize;

  /** Of each layer and head {@code [length, headSize]}, or longer. */
  private final float[][][] keys;

  private final float[][][] values;
  private int length;
  private int reserved = FIRST;

  /**
   * @param layers of the model
   * @param heads for keys and values
   * @param headSize features of a head
   */
  KvCache(int layers, int heads, int headSize) {
    this.heads = heads;
    this.headSize = headSize;
    this.keys = new float[layers][heads][0];
    this.values = new float[layers][heads][0];
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

  /** Has it grow to so many positions at once, when it grows. */
  public void reserve(int positions) {
    reserved = Math.max(FIRST, positions);
  }

  /** Positions that it has room for. */
  public int capacity() {
    return keys[0][0].length / headSize;
  }

  /**
   * Becomes what another cache has of its first positions: of a sequence with the same tokens
   * there.
   *
   * @param other of the same model and adapter
   */
  public void copy(KvCache other, int positions) {
    if (positions < 0 || positions > other.length) {
      throw new IllegalArgumentException(positions + " positions of " + other.length);
    }
    for (int layer = 0; layer < keys.length; layer++) {
      copy(other.keys[layer], keys[layer], positions);
      copy(other.values[layer], values[layer], positions);
    }
    length = positions;
  }

  private void copy(float[][] from, float[][] to, int positions) {
    for (int h = 0; h < heads; h++) {
      to[h] = grown(to[h], positions * headSize);
      System.arraycopy(from[h], 0, to[h], 0, positions * headSize);
    }
  }

  /** Bytes held. */
  public long bytes() {
    long bytes = 0;
    for (float[][] layer : keys) {
      for (float[] head : layer) {
        bytes += 2L * Float.BYTES * head.length;
      }
    }
    return bytes;
  }

  /** Takes keys and values of {@code count} new positions of a layer, without counting them yet. */
  CachedAttention.Keys append(int layer, float[] k, float[] v, int firstRow, int count) {
    append(keys[layer], k, firstRow, count);
    append(values[layer], v, firstRow, count);
    return new CachedAttention.Keys(keys[layer], values[layer], length + count);
  }

  private void append(float[][] kept, float[] rows, int firstRow, int count) {
    int needed = Math.multiplyExact(length + count, headSize);
    for (int h = 0; h < heads; h++) {
      kept[h] = grown(kept[h], needed);
      for (int i = 0; i < count; i++) {
        int from = ((firstRow + i) * heads + h) * headSize;
        System.arraycopy(rows, from, kept[h], (length + i) * headSize, headSize);
      }
    }
  }

  private float[] grown(float[] array, int needed) {
    if (array.length >= needed) {
      return array;
    }
    long doubled = Math.max((long) reserved * headSize, array.length * 2L);
    return Arrays.copyOf(array, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, doubled)));
  }

  /** Counts positions that all layers have taken. */
  void advance(int count) {
    length += count;
  }
}
