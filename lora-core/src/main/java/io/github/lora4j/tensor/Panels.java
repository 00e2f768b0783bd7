package io.github.lora4j.tensor;

import java.util.Arrays;

/**
 * The layout that matrix products read. A panel holds some vectors side by side: element k of
 * vector i lies at {@code k * width + i}, so that a product walks over it from front to back. Rows
 * of activations go into panels as wide as a tile is tall, weights into panels as wide as a tile.
 */
public final class Panels {
  /**
   * Where panels begin that have an array of their own. An array has a header of 16 bytes; if
   * objects lie on multiples of 64 bytes ({@code -XX:ObjectAlignmentInBytes=64}), so do vectors of
   * 512 bits from here on. A vector that lies across two lines of the cache takes twice as long to
   * load.
   */
  public static final int START = 12;

  private static final int TOGETHER = 4;

  private Panels() {}

  /**
   * Packs one panel; {@code count} to {@code width} is filled with zeros.
   *
   * @param from element k of vector i is {@code from[offset + i * next + k * step]}
   * @param count vectors, at most {@code width}
   * @param depth elements of each vector
   * @param to where the panel goes, from {@code at} on
   */
  public static void pack(
      float[] from,
      int offset,
      int next,
      int step,
      int count,
      int depth,
      float[] to,
      int at,
      int width) {
    clear(count, depth, to, at, width);
    if (next == 1) {
      side(from, offset, step, count, depth, to, at, width);
    } else if (step == 1) {
      turn(from, offset, next, count, depth, to, at, width);
    } else {
      throw new IllegalArgumentException("either next or step must be 1");
    }
  }

  /** {@link #pack}, or the same on faster kernels. */
  @FunctionalInterface
  public interface Packer {
    /** As {@link Panels#pack}. */
    void pack(
        float[] from,
        int offset,
        int next,
        int step,
        int count,
        int depth,
        float[] to,
        int at,
        int width);
  }

  /** Fills a panel with zeros if fewer than {@code width} vectors go into it. */
  public static void clear(int count, int depth, float[] to, int at, int width) {
    if (count < width) {
      // The whole of it: that is one fast loop, many short ones are not.
      Arrays.fill(to, at, at + depth * width, 0f);
    }
  }

  /** The vectors lie side by side already. */
  private static void side(
      float[] from, int offset, int step, int count, int depth, float[] to, int at, int width) {
    if (count == TOGETHER) {
      for (int k = 0, f = offset, t = at; k < depth; k++, f += step, t += width) {
        to[t] = from[f];
        to[t + 1] = from[f + 1];
        to[t + 2] = from[f + 2];
        to[t + 3] = from[f + 3];
      }
      return;
    }
    for (int k = 0, f = offset, t = at; k < depth; k++, f += step, t += width) {
      System.arraycopy(from, f, to, t, count);
    }
  }

  /** Each vector lies in one piece: several at a time, so that what is written lies together. */
  private static void turn(
      float[] from, int offset, int next, int count, int depth, float[] to, int at, int width) {
    int i = 0;
    for (; i + 8 <= count; i += 8) {
      turnEight(from, offset + i * next, next, depth, to, at + i, width);
    }
    for (; i + 4 <= count; i += 4) {
      turnFour(from, offset + i * next, next, depth, to, at + i, width);
    }
    for (; i < count; i++) {
      int f = offset + i * next;
      for (int k = 0, t = at + i; k < depth; k++, t += width) {
        to[t] = from[f + k];
      }
    }
  }

  private static void turnEight(
      float[] from, int f0, int next, int depth, float[] to, int at, int width) {
    for (int k = 0; k < depth; k++) {
      int f = f0 + k;
      int t = at + k * width;
      to[t] = from[f];
      to[t + 1] = from[f + next];
      to[t + 2] = from[f + 2 * next];
      to[t + 3] = from[f + 3 * next];
      to[t + 4] = from[f + 4 * next];
      to[t + 5] = from[f + 5 * next];
      to[t + 6] = from[f + 6 * next];
      to[t + 7] = from[f + 7 * next];
    }
  }

  private static void turnFour(
      float[] from, int f0, int next, int depth, float[] to, int at, int width) {
    int f1 = f0 + next;
    int f2 = f1 + next;
    int f3 = f2 + next;
    for (int k = 0, t = at; k < depth; k++, t += width) {
      to[t] = from[f0 + k];
      to[t + 1] = from[f1 + k];
      to[t + 2] = from[f2 + k];
      to[t + 3] = from[f3 + k];
    }
  }
}
