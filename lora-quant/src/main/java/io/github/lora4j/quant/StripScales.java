package io.github.lora4j.quant;

/**
 * The scales of the rows of a strip side by side, as the kernels read them. Where all rows begin
 * with a block, float32 scales are kept in this order: those of the first blocks of {@link
 * Strips#ROWS} rows, those of their second blocks and so on.
 */
final class StripScales {
  private static final int ROWS = Strips.ROWS;

  private final int out;
  private final int in;
  private final int blockBits;

  /** Blocks of a row, or 0 if blocks begin within rows. */
  private final int blocks;

  /** Row-major, or null if {@link #ordered} is there. */
  private final Absmax absmax;

  private final float[] ordered;

  StripScales(FourBitWeights weights) {
    this.out = weights.out();
    this.in = weights.in();
    this.blockBits = Integer.numberOfTrailingZeros(weights.blockSize());
    this.blocks = in % weights.blockSize() == 0 ? in >> blockBits : 0;
    boolean order = blocks > 0 && weights.absmax() instanceof Absmax.Plain;
    this.absmax = order ? null : weights.absmax();
    this.ordered = order ? order((Absmax.Plain) weights.absmax()) : null;
  }

  private float[] order(Absmax.Plain plain) {
    float[] values = new float[(out + ROWS - 1) / ROWS * ROWS * blocks];
    for (int row = 0; row < out; row++) {
      for (int b = 0; b < blocks; b++) {
        values[index(row, b)] = plain.values()[row * blocks + b];
      }
    }
    return values;
  }

  private int index(int row, int block) {
    return row / ROWS * ROWS * blocks + block * ROWS + row % ROWS;
  }

  /** The scales as they came. */
  Absmax absmax() {
    if (absmax != null) {
      return absmax;
    }
    float[] values = new float[out * blocks];
    for (int row = 0; row < out; row++) {
      for (int b = 0; b < blocks; b++) {
        values[row * blocks + b] = ordered[index(row, b)];
      }
    }
    return new Absmax.Plain(values);
  }

  long bytes() {
    return ordered == null ? absmax.bytes() : 4L * ordered.length;
  }

  /** As {@link #bytes} of weights that are packed in this way. */
  static long bytes(QuantConfig config, int out, int in) {
    boolean ordered = !config.doubleQuant() && in % config.blockSize() == 0;
    return ordered
        ? 4L * ((out + ROWS - 1) / ROWS) * ROWS * (in / config.blockSize())
        : FourBitLayout.of(config, out, in, "float32").scaleBytes();
  }

  /** The scale of one weight. */
  float get(int row, int column) {
    return ordered != null
        ? ordered[index(row, column >> blockBits)]
        : absmax.get((int) (((long) row * in + column) >>> blockBits));
  }

  /** The length of the array that {@link #open} needs. */
  int scratch() {
    return ordered != null ? 0 : ROWS * Math.max(1, blocks);
  }

  /**
   * The array in which the scales of a strip are, or will be once {@link #reach} was asked for.
   *
   * @param row the first row of the strip
   */
  float[] open(int row, float[] scratch) {
    if (ordered != null) {
      return ordered;
    }
    int rows = Math.min(ROWS, out - row);
    for (int r = 0; blocks > 0 && r < rows; r++) {
      absmax.get((row + r) * blocks, blocks, scratch, r, ROWS);
    }
    return scratch;
  }

  /** Where in the array the scales of a column begin. */
  int at(int row, int column) {
    return (ordered != null ? row / ROWS * ROWS * blocks : 0)
        + (blocks == 0 ? 0 : (column >> blockBits) * ROWS);
  }

  /**
   * The column up to which they hold.
   *
   * @param end not beyond this one
   */
  int reach(int row, int column, int end, float[] scales) {
    return blocks > 0
        ? Math.min(end, ((column >> blockBits) + 1) << blockBits)
        : gather(row, Math.min(ROWS, out - row), column, end, scales);
  }

  /**
   * Gathers the scales of some rows at a column.
   *
   * @param scales get one for each row
   * @return the column up to which no row gets to its next block
   */
  int gather(int row, int rows, int column, int end, float[] scales) {
    // Blocks are as long as a power of two: shifts instead of divisions.
    int mask = (1 << blockBits) - 1;
    long i = (long) row * in + column;
    int left = end - column;
    for (int r = 0; r < rows; r++, i += in) {
      scales[r] = get(row + r, column);
      left = Math.min(left, mask + 1 - ((int) i & mask));
    }
    return column + left;
  }
}
