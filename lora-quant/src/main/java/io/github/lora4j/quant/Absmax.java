package io.github.lora4j.quant;

/** The largest magnitude of each block of weights. Immutable and thread-safe. */
public sealed interface Absmax permits Absmax.Plain, Absmax.Nested {
  /** The number of blocks. */
  int blocks();

  /** The scale of a block. */
  float get(int block);

  /** Writes the scales of so many blocks to {@code dst[at]}, {@code dst[at + step]} and so on. */
  void get(int block, int count, float[] dst, int at, int step);

  /** Bytes in memory. */
  long bytes();

  /**
   * One float32 per block.
   *
   * @param values not copied; must not be written to
   */
  record Plain(float[] values) implements Absmax {
    @Override
    public int blocks() {
      return values.length;
    }

    @Override
    public float get(int block) {
      return values[block];
    }

    @Override
    public void get(int block, int count, float[] dst, int at, int step) {
      for (int i = 0; i < count; i++) {
        dst[at + i * step] = values[block + i];
      }
    }

    @Override
    public long bytes() {
      return 4L * values.length;
    }
  }

  /**
   * Double quantization: one byte per block, that selects one of 256 values, which is multiplied by
   * the scale of its group of blocks; the offset is added.
   *
   * @param codes one for each block; not copied
   * @param map the 256 values; not copied
   * @param scales one for each group; not copied
   * @param blockSize blocks in a group
   * @param offset the mean of all scales
   */
  record Nested(byte[] codes, float[] map, float[] scales, int blockSize, float offset)
      implements Absmax {
    /** Checks that the parts fit together. */
    public Nested {
      if (map.length != 256) {
        throw new IllegalArgumentException(
            "nested_quant_map has " + map.length + " values, not 256");
      }
      if (blockSize < 1 || scales.length != (codes.length + blockSize - 1) / blockSize) {
        throw new IllegalArgumentException(
            codes.length
                + " scales in groups of "
                + blockSize
                + " do not fit "
                + scales.length
                + " values in nested_absmax");
      }
    }

    @Override
    public int blocks() {
      return codes.length;
    }

    @Override
    public float get(int block) {
      return map[codes[block] & 255] * scales[block / blockSize] + offset;
    }

    @Override
    public void get(int block, int count, float[] dst, int at, int step) {
      int end = block + count;
      int to = at;
      for (int i = block; i < end; ) {
        int group = i / blockSize;
        float scale = scales[group];
        int stop = (int) Math.min(end, (group + 1L) * blockSize);
        for (; i < stop; i++, to += step) {
          dst[to] = map[codes[i] & 255] * scale + offset;
        }
      }
    }

    @Override
    public long bytes() {
      return codes.length + 4L * scales.length;
    }
  }
}
