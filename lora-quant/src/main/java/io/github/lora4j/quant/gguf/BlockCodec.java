package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.CodeKernels;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.tensor.FewRows;

/** How the values of a type are decoded. */
interface BlockCodec {
  /** What the first value and the number of values to decode must be multiples of. */
  int unit();

  /**
   * What {@link Decoder#multiply} needs besides: sums over parts of x for types that add an offset
   * to all values of a part, or null.
   *
   * @param length of all rows of x together
   */
  default float[] sums(float[] x, int length) {
    return null;
  }

  /** The most rows of x with which {@link Decoder#multiply} is faster than decoding panels. */
  default int most(CodeKernels kernels) {
    return Math.min(4, kernels.mostRows());
  }

  /** A decoder of some bytes, for one thread: it has scratch of its own. */
  Decoder decoder(Kernels kernels, byte[] src);

  /** Decodes consecutive values of rows. */
  interface Decoder {
    /**
     * Decodes values {@code [first, first + count)} of a row to {@code dst[at .. at + count)}.
     *
     * @param row where the row starts in the bytes
     * @param first a multiple of {@link #unit}
     * @param count a multiple of {@link #unit}
     */
    void row(int row, int first, int count, float[] dst, int at);

    /**
     * Multiplies whole rows with a few rows of x.
     *
     * @param rowBytes bytes of a row; the first begins where the bytes do
     * @param rows how many
     * @param sums of x, as {@link BlockCodec#sums} returns them
     * @param to where the products with the first go in each row of y
     */
    void multiply(int rowBytes, int rows, FewRows x, float[] sums, int to);

    /**
     * Decodes the same values of several rows, side by side: value i of row r goes to {@code dst[i
     * * width + r]}, and zeros for rows up to {@code width}.
     *
     * @param row where the first row starts in the bytes
     * @param rowBytes from one row to the next
     */
    void panel(
        int row, int rowBytes, int rows, int first, int count, float[] dst, int at, int width);
  }
}
