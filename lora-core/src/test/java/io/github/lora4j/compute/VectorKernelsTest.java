package io.github.lora4j.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.Approx;
import io.github.lora4j.tensor.FewRows;
import io.github.lora4j.tensor.HalfType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;

/** Every vector kernel against its scalar twin, on shapes that do not fill vectors, and offsets. */
@AddLifecycleHook(KernelSets.NeedsVectorApi.class)
class VectorKernelsTest {
  private static final int TRIES = 150;
  private static final double TOLERANCE = 2e-6;
  private static final float UNTOUCHED = 7.25f;

  private final Kernels scalar = KernelSet.SCALAR.kernels();

  private static Kernels vector() {
    return KernelSet.VECTOR.kernels();
  }

  /** Runs a kernel of both sets on equal copies and compares all of the array it writes to. */
  private void compare(String what, float[] target, Run run) {
    float[] expected = target.clone();
    float[] actual = target.clone();
    run.run(scalar, expected);
    run.run(vector(), actual);
    for (int i = 0; i < target.length; i++) {
      if (expected[i] == UNTOUCHED && actual[i] != UNTOUCHED) {
        throw new AssertionError(what + " wrote to element " + i + ", which is out of its range");
      }
    }
    Approx.requireClose(what, Approx.widen(expected), Approx.widen(actual), TOLERANCE, 1e-3);
  }

  @FunctionalInterface
  private interface Run {
    void run(Kernels kernels, float[] target);
  }

  private static float[] random(long seed, int length, double scale) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (scale * (random.nextDouble() * 2 - 1));
    }
    return values;
  }

  private static float[] untouched(int length) {
    float[] values = new float[length];
    Arrays.fill(values, UNTOUCHED);
    return values;
  }

  @Property(tries = TRIES)
  void elementwise(
      @ForAll @IntRange(max = 9) int from,
      @ForAll @IntRange(max = 70) int count,
      @ForAll long seed) {
    int to = from + count;
    float[] a = random(seed, to + 3, 5);
    float[] b = random(seed + 1, to + 3, 5);
    float[] out = untouched(to + 3);
    compare("add", out, (k, y) -> k.add(a, b, y, from, to));
    compare("multiply", out, (k, y) -> k.multiply(a, b, y, from, to));
    for (Activation f : Activation.values()) {
      compare(f.name(), out, (k, y) -> k.activate(f, a, y, from, to));
      compare(f + " backward", out, (k, y) -> k.activateBackward(f, a, b, y, from, to));
    }
  }

  @Property(tries = TRIES)
  void inPlace(
      @ForAll @IntRange(max = 9) int from,
      @ForAll @IntRange(max = 70) int count,
      @ForAll long seed) {
    int to = from + count;
    float[] a = random(seed, to + 3, 5);
    float[] b = random(seed + 1, to + 3, 5);
    compare("add", b, (k, y) -> k.add(a, y, y, from, to));
    compare("multiply", b, (k, y) -> k.multiply(y, a, y, from, to));
    for (Activation f : Activation.values()) {
      compare(f.name(), b, (k, y) -> k.activate(f, y, y, from, to));
      compare(f + " backward", b, (k, y) -> k.activateBackward(f, a, y, y, from, to));
    }
  }

  @Property(tries = TRIES)
  void softmax(
      @ForAll @IntRange(max = 9) int offset,
      @ForAll @IntRange(max = 5) int rows,
      @ForAll @IntRange(min = 1, max = 70) int cols,
      @ForAll @IntRange(max = 4) int gap,
      @ForAll long seed) {
    int stride = cols + gap;
    float[] x = random(seed, offset + rows * stride + 3, 20);
    compare("softmax", x, (k, y) -> k.softmax(y, offset, rows, cols, stride));
    float[] p = x.clone();
    scalar.softmax(p, offset, rows, cols, stride);
    float[] dp = random(seed + 1, rows * stride + 5, 1);
    compare(
        "softmaxBackward",
        dp,
        (k, y) -> k.softmaxBackward(p, offset, y, 2, rows, cols, stride, 0.7f));
  }

  @Property(tries = TRIES)
  void oneQuery(
      @ForAll @IntRange(max = 9) int offset,
      @ForAll @IntRange(max = 9) int rows,
      @ForAll @IntRange(min = 1, max = 150) int size,
      @ForAll @IntRange(max = 4) int gap,
      @ForAll long seed) {
    int stride = size + gap;
    float[] matrix = random(seed, offset + rows * stride + 3, 1);
    float[] q = random(seed + 1, offset + size, 1);
    compare(
        "dots",
        untouched(rows + 2),
        (k, y) -> k.dots(q, offset, matrix, offset, stride, rows, size, 0.7f, y));
    float[] p = random(seed + 2, rows, 1);
    float[] sums = untouched(offset + size + 3);
    System.arraycopy(random(seed + 3, size, 1), 0, sums, offset, size);
    compare("weigh", sums, (k, y) -> k.weigh(p, matrix, offset, stride, rows, size, y, offset));
  }

  @Property(tries = TRIES)
  void pack(
      @ForAll @IntRange(max = 20) int count,
      @ForAll @IntRange(max = 40) int depth,
      @ForAll @IntRange(max = 5) int gap,
      @ForAll boolean sideBySide,
      @ForAll long seed) {
    int next = sideBySide ? 1 : depth + gap;
    int step = sideBySide ? count + gap : 1;
    int width = count + gap;
    float[] from = random(seed, 2 + (count + gap) * (depth + gap), 1);
    compare(
        "pack",
        untouched(3 + depth * width),
        (k, y) -> k.pack(from, 2, next, step, count, depth, y, 3, width));
  }

  @Property(tries = TRIES)
  void nibbles(
      @ForAll @IntRange(max = 40) int cols,
      @ForAll @IntRange(max = 20) int col,
      @ForAll @IntRange(max = 9) int strip,
      @ForAll @IntRange(min = 16, max = 40) int stride,
      @ForAll long seed) {
    int in = col + cols;
    int[] codes = new Random(seed).ints(strip + 16 + (in + 7) / 8 * 32).toArray();
    float[] table = random(seed, 16, 1);
    float[] scales = random(seed + 1, 34, 2);
    compare(
        "decodeNibbles",
        untouched(3 + cols * stride),
        (k, y) ->
            k.codes().decodeNibbles(codes, strip + 16, col, cols, table, scales, 2, y, 3, stride));
    int first = col / 16 * 16;
    int whole = in / 16 * 16 - first;
    for (int r = 0; r <= 16; r += 4) {
      int rows = r;
      compare(
          "decodeNibbleRows, " + rows,
          untouched(3 + 16 * (whole + stride)),
          (k, y) ->
              k.codes()
                  .decodeNibbleRows(
                      codes,
                      strip + 16,
                      rows,
                      first,
                      whole,
                      table,
                      scales,
                      2,
                      y,
                      3,
                      whole + stride));
    }
    for (int rows = 1; rows <= 6; rows++) {
      FewRows x = new FewRows(random(seed + 2, rows * in, 1), rows, in, null, 0);
      compare(
          "multiplyNibbles of " + rows + " rows",
          random(seed + 3, 32 * rows, 1),
          (k, y) ->
              inRoom(
                  y,
                  s -> k.codes().multiplyNibbles(codes, strip, col, cols, table, scales, 2, x, s)));
    }
  }

  /** Of small whole numbers, whose sums are exact in any order. */
  @Property(tries = TRIES)
  void strips(
      @ForAll @IntRange(min = 1, max = 4) int groups,
      @ForAll boolean nibbles,
      @ForAll boolean even,
      @ForAll boolean offsets,
      @ForAll @IntRange(min = 4, max = 5) int blockBits,
      @ForAll @IntRange(max = 127) int colSeed,
      @ForAll long seed) {
    int in = 32 * groups;
    int bits = nibbles ? 4 : 8;
    int scales = 2 * 32 * (in >> blockBits);
    CodeStrips w =
        new CodeStrips(
            bits,
            in,
            new Random(seed).ints(2L * in * bits).toArray(),
            nibbles ? table(even, seed) : null,
            whole(random(seed + 2, scales, 2)),
            offsets ? whole(random(seed + 3, scales, 2)) : null,
            blockBits);
    int col = colSeed % in;
    compareBits(
        "decodeStrip",
        untouched(3 + (in - col) * 17),
        (k, y) -> k.codes().decodeStrip(w, 1, 1, col, in - col, y, 3, 17));
    int first = col / 16 * 16;
    compareBits(
        "decodeStripRows",
        untouched(3 + 13 * (in + 1)),
        (k, y) -> k.codes().decodeStripRows(w, 1, 19, 13, first, in - first, y, 3, in + 1));
    for (int rows = 1; rows <= 6; rows++) {
      float[] x = whole(random(seed + 4, rows * in, 2));
      float[] sumsOfX = new float[x.length >> blockBits];
      for (int i = 0; i < x.length; i++) {
        sumsOfX[i >> blockBits] += x[i];
      }
      FewRows few = new FewRows(x, rows, in, null, 0);
      compareBits(
          "multiplyStrip of " + rows + " rows",
          new float[32 * rows],
          (k, y) -> inRoom(y, s -> k.codes().multiplyStrip(w, 1, few, sumsOfX, s)));
    }
  }

  /** Sixteen ascending whole numbers. */
  private static float[] table(boolean even, long seed) {
    Random random = new Random(seed);
    float[] table = new float[16];
    table[0] = random.nextInt(-9, 3);
    for (int i = 1; i < table.length; i++) {
      table[i] = table[i - 1] + (even ? 1 : random.nextInt(1, 5));
    }
    return table;
  }

  /** Runs a product on sums that have room for a multiple of four rows. */
  private static void inRoom(float[] sums, Consumer<float[]> product) {
    float[] room = Arrays.copyOf(sums, (sums.length + 127) / 128 * 128);
    product.accept(room);
    System.arraycopy(room, 0, sums, 0, sums.length);
  }

  @Property(tries = TRIES)
  void halves(
      @ForAll @IntRange(min = 1, max = 40) int cols,
      @ForAll @IntRange(max = 9) int from,
      @ForAll HalfType type,
      @ForAll long seed) {
    short[] bits = new short[from + 16 * cols];
    float[] values = random(seed, bits.length, 1);
    for (int i = 0; i < bits.length; i++) {
      bits[i] = type.narrow(values[i]);
    }
    for (int rows = 1; rows <= 6; rows++) {
      FewRows x = new FewRows(random(seed + 2, rows * cols, 1), rows, cols, null, 0);
      compare(
          "multiplyHalves of " + rows + " rows",
          random(seed + 3, 16 * rows, 1),
          (k, y) -> inRoom(y, s -> k.codes().multiplyHalves(type, bits, from, x, s)));
    }
  }

  @Property(tries = TRIES)
  void bytes(
      @ForAll @IntRange(max = 7) int part,
      @ForAll @IntRange(max = 8) int parts,
      @ForAll @IntRange(min = 8, max = 40) int stride,
      @ForAll boolean shifted,
      @ForAll long seed) {
    byte[] codes = new byte[256];
    new Random(seed).nextBytes(codes);
    float[] scales = random(seed, 16, 1);
    float[] offsets = shifted ? random(seed + 1, 16, 30) : null;
    // Zeros of both signs, which a sum with 0 would not keep.
    scales[part] = 0f;
    compareBits(
        "decodeByteRow",
        untouched(3 + 16 * parts + 3),
        (k, y) -> k.codes().decodeByteRow(codes, scales, offsets, part, parts, y, 3));
    int first = part % 2;
    int count = Math.min(parts, 2 - first);
    compareBits(
        "decodeByteColumns",
        untouched(3 + 16 * count * stride),
        (k, y) ->
            k.codes()
                .decodeByteColumns(codes.clone(), scales, offsets, first, count, y, 3, stride));
  }

  @Property(tries = TRIES)
  void codes(
      @ForAll @IntRange(min = 1, max = 5) int lower,
      @ForAll @IntRange(max = 2) int upper,
      @ForAll @IntRange(max = 9) int block,
      @ForAll long seed) {
    Random random = new Random(seed);
    byte[] src = new byte[block + 128];
    random.nextBytes(src);
    CodeLayout layout = layout(5, lower, upper, random);
    for (Kernels kernels : new Kernels[] {scalar, vector()}) {
      byte[] dst = new byte[5 + 3 * 32 + 3];
      kernels.codes().unpackCodes(src, block, layout, 1, 3, dst, 5);
      for (int i = 0; i < 3 * 32; i++) {
        CodeLayout.Group group = layout.groups()[1 + i / 32];
        int low = src[block + group.low() + i % 32] & 255;
        int high = src[block + group.high() + i % 32] & 255;
        int code =
            low >> group.lowShift() & (1 << lower) - 1
                | (high >> group.highShift() & (1 << upper) - 1) << lower;
        assertEquals((byte) (code - layout.centre()), dst[5 + i], kernels.name());
      }
      assertEquals(0, dst[4] | dst[5 + 3 * 32]);
    }
  }

  /** Of small whole numbers, whose sums are exact in any order. */
  @Property(tries = TRIES)
  void groups(
      @ForAll @IntRange(max = 4) int count,
      @ForAll @IntRange(max = 2) int upper,
      @ForAll @IntRange(min = 1, max = 9) int few,
      @ForAll long seed) {
    Random random = new Random(seed);
    byte[] bytes = new byte[128];
    random.nextBytes(bytes);
    CodeLayout layout = layout(count, 4, upper, random);
    float[] scales = whole(random(seed + 1, 2 * count, 3));
    float[] offsets = whole(random(seed + 2, 2 * count, 3));
    int in = 3 + 32 * count;
    float[] x = whole(random(seed + 3, few * in, 3));
    FewRows rows = new FewRows(x, few, in, null, 0);
    compareBits(
        "multiplyGroups",
        new float[few],
        (k, y) -> {
          float[] sums = whole(random(seed + 4, (few + 3) / 4 * 64, 3));
          k.codes().multiplyGroups(bytes, 0, layout, scales, offsets, rows, 3, sums);
          for (int i = 0; i < 16 * few; i++) {
            y[i / 16] += sums[i];
          }
        });
  }

  /** Bits anywhere in 128 bytes. */
  private static CodeLayout layout(int count, int lower, int upper, Random random) {
    CodeLayout.Group[] groups = new CodeLayout.Group[count];
    for (int g = 0; g < count; g++) {
      groups[g] =
          new CodeLayout.Group(
              random.nextInt(97),
              random.nextInt(9 - lower),
              random.nextInt(97),
              random.nextInt(9 - upper));
    }
    return new CodeLayout(lower, upper, upper == 0 ? 0 : random.nextInt(33), groups);
  }

  /** Of small whole numbers, whose sums are exact in any order. */
  @Property(tries = TRIES)
  void blocks(
      @ForAll @IntRange(min = 1, max = 5) int rows,
      @ForAll @IntRange(min = 1, max = 20) int count,
      @ForAll @IntRange(max = 5) int head,
      @ForAll @IntRange(min = 1, max = 9) int few,
      @ForAll boolean shifted,
      @ForAll long seed) {
    BlockRows nibbles = blocks(rows, count, shifted ? 2 : 0, 4 + head, 16, seed);
    BlockRows bytes = blocks(rows, count, 0, 2 + head, 32, seed);
    int in = BlockRows.BLOCK * count;
    int out = 3 + rows + 2;
    float[] x = whole(random(seed + 3, few * in, 3));
    float[] sums = new float[few * count];
    for (int i = 0; i < x.length; i++) {
      sums[i / BlockRows.BLOCK] += x[i];
    }
    compareBits(
        "multiplyNibbleBlocks",
        untouched(few * out),
        (k, y) ->
            k.codes().multiplyNibbleBlocks(nibbles, new FewRows(x, few, in, y, out), sums, 3));
    BlockRows fives = blocks(rows, count, shifted ? 2 : 0, 8 + head, 16, seed);
    compareBits(
        "multiplyFiveBitBlocks",
        untouched(few * out),
        (k, y) -> k.codes().multiplyFiveBitBlocks(fives, new FewRows(x, few, in, y, out), 3));
    compareBits(
        "multiplyByteBlocks",
        untouched(few * out),
        (k, y) -> k.codes().multiplyByteBlocks(bytes, new FewRows(x, few, in, y, out), 3));
  }

  private static float[] whole(float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.round(values[i]);
    }
    return values;
  }

  /** Blocks of {@code head} bytes and {@code codes} more, with small whole numbers in front. */
  private static BlockRows blocks(int rows, int count, int offset, int head, int codes, long seed) {
    Random random = new Random(seed);
    byte[] bytes = new byte[rows * count * (head + codes)];
    random.nextBytes(bytes);
    ByteBuffer numbers = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < bytes.length; at += head + codes) {
      numbers.putShort(at, HalfType.FLOAT16.narrow(random.nextInt(-3, 4)));
      numbers.putShort(at + offset, HalfType.FLOAT16.narrow(random.nextInt(-3, 4)));
    }
    return new BlockRows(bytes, rows, count, head + codes, offset, offset == 0 ? -8f : 1f, head);
  }

  /** As {@link #compare}, without a tolerance. */
  private void compareBits(String what, float[] target, Run run) {
    float[] expected = target.clone();
    float[] actual = target.clone();
    run.run(scalar, expected);
    run.run(vector(), actual);
    for (int i = 0; i < target.length; i++) {
      if (Float.floatToRawIntBits(expected[i]) != Float.floatToRawIntBits(actual[i])) {
        throw new AssertionError(what + " " + i + ": " + expected[i] + " and " + actual[i]);
      }
    }
  }

  /** Of small whole numbers, whose sums are exact in any order. */
  @Property(tries = TRIES)
  void dot(@ForAll @IntRange(max = 90) int count, @ForAll long seed) {
    float[] a = whole(random(seed, count + 3, 50));
    float[] b = whole(random(seed + 1, count + 4, 50));
    compareBits("dot", untouched(1), (k, y) -> y[0] = k.dot(a, 2, b, 3, count));
  }

  /** All numbers of 16 bits, NaN with all its bits. */
  @Example
  void widen() {
    short[] bits = new short[1 << 16];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = (short) i;
    }
    for (HalfType type : HalfType.values()) {
      for (int stride : new int[] {16, 21}) {
        int cols = bits.length / 16 - 1;
        float[] expected = untouched(3 + (cols + 1) * stride);
        float[] actual = expected.clone();
        scalar.codes().widen(type, bits, 16, cols, expected, 3, stride);
        vector().codes().widen(type, bits, 16, cols, actual, 3, stride);
        for (int i = 0; i < expected.length; i++) {
          int wanted = Float.floatToRawIntBits(expected[i]);
          if (wanted != Float.floatToRawIntBits(actual[i])) {
            throw new AssertionError(type + " " + i + ": " + expected[i] + " and " + actual[i]);
          }
        }
      }
    }
  }

  @Property(tries = TRIES)
  void dotHalves(
      @ForAll HalfType type,
      @ForAll @IntRange(max = 9) int from,
      @ForAll @IntRange(max = 300) int count,
      @ForAll long seed) {
    float[] x = random(seed, 3 + count, 50);
    float[] values = random(seed + 1, count, 50);
    byte[] bits = new byte[from + 2 * count];
    for (int i = 0; i < count; i++) {
      // Whole numbers: sums are exact in any order.
      x[3 + i] = Math.round(x[3 + i]);
      short narrow = type.narrow(Math.round(values[i]));
      bits[from + 2 * i] = (byte) narrow;
      bits[from + 2 * i + 1] = (byte) (narrow >> 8);
    }
    compareBits(
        "dotHalves",
        untouched(1),
        (k, y) -> y[0] = k.codes().dotHalves(type, bits, from, x, 3, count));
  }

  @Property(tries = TRIES)
  void layerNorm(
      @ForAll @IntRange(max = 2) int from,
      @ForAll @IntRange(max = 4) int count,
      @ForAll @IntRange(min = 2, max = 70) int cols,
      @ForAll long seed) {
    int to = from + count;
    float[] x = random(seed, (to + 1) * cols, 3);
    float[] gamma = random(seed + 1, cols, 2);
    float[] beta = random(seed + 2, cols, 2);
    float[] dy = random(seed + 3, (to + 1) * cols, 1);
    float[] stats = untouched(2 * to + 2);
    float[] y = untouched((to + 1) * cols);
    compare(
        "layerNorm",
        y,
        (k, out) -> k.layerNorm(x, gamma, beta, 1e-5f, cols, out, stats.clone(), from, to));
    compare(
        "stats",
        stats,
        (k, out) -> k.layerNorm(x, gamma, beta, 1e-5f, cols, y.clone(), out, from, to));
    float[] kept = stats.clone();
    scalar.layerNorm(x, gamma, beta, 1e-5f, cols, y.clone(), kept, from, to);
    for (boolean accumulate : new boolean[] {false, true}) {
      float[] dx = accumulate ? random(seed + 4, dy.length, 1) : untouched(dy.length);
      compare(
          "layerNormBackward",
          dx,
          (k, out) -> k.layerNormBackward(x, gamma, kept, dy, cols, out, accumulate, from, to));
    }
  }
}
