package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;

/** How the values of a type are decoded. */
interface BlockCodec {
  /** What the first value and the number of values to decode must be multiples of. */
  int unit();

  /**
   * What {@link Decoder#multiply} needs of a vector besides: sums over parts of it, for types that
   * add an offset to all values of a part.
   */
  default float[] sums(float[] x) {
    return PartSums.of(x, Parts.SIZE, 1f);
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
     * Multiplies whole rows with a vector.
     *
     * @param rowBytes bytes of a row; the first begins where the bytes do
     * @param rows how many
     * @param count values of a row
     * @param sums of {@code x}, as {@link BlockCodec#sums} returns them
     * @param y takes one product for each row from {@code to} on
     */
    void multiply(int rowBytes, int rows, int count, float[] x, float[] sums, float[] y, int to);

    /**
     * Decodes the same values of several rows, side by side: value i of row r goes to {@code dst[i
     * * width + r]}, and zeros for rows up to {@code width}.
     *
     * @param row where the first row starts in the bytes
     * @param rowBytes from one row to the next
     */
    void panel(int row, int rowBytes, int rows, int first, int count, float[] dst, int width);
  }
}
