package io.github.lora4j.compute;

import io.github.lora4j.tensor.HalfType;

/**
 * Everything that is not a large matrix product, on one thread, over rows of row-major matrices:
 * {@code from} (inclusive) and {@code to} (exclusive) count rows or elements as each method says.
 * Implementations are stateless but for scratch buffers, and thread-safe.
 */
public interface Kernels {
  /** Plain Java: for what is done once, where nobody has a {@link Compute}. */
  static Kernels plain() {
    return new ScalarKernels();
  }

  /** {@code vector} or {@code scalar}. */
  String name();

  /** {@code out[i] = a[i] + b[i]} for elements; {@code out} may be one of the inputs. */
  void add(float[] a, float[] b, float[] out, int from, int to);

  /** {@code y[i] += alpha * x[i]} for elements. */
  void axpy(float alpha, float[] x, float[] y, int from, int to);

  /** {@code y[yo + i] += alpha * x[xo + i]} for {@code count} elements. */
  void addScaled(float alpha, float[] x, int xo, float[] y, int yo, int count);

  /** {@code out[i] = x[i] * factor[i]} for elements; {@code out} may be an input. */
  void multiply(float[] x, float[] factor, float[] out, int from, int to);

  /** {@code y[i] = f(x[i])} for elements. */
  void activate(Activation f, float[] x, float[] y, int from, int to);

  /** {@code dx[i] = dy[i] * f'(x[i])} for elements; {@code dx} may be {@code dy}. */
  void activateBackward(Activation f, float[] x, float[] dy, float[] dx, int from, int to);

  /** Softmax of {@code count} rows of {@code cols} elements, {@code stride} apart, in place. */
  void softmax(float[] x, int offset, int count, int cols, int stride);

  /**
   * Gradient of {@link #softmax} through {@code scale}: for each row, {@code dp = scale * p * (dp -
   * sum(p * dp))}, in place in {@code dp}.
   */
  void softmaxBackward(
      float[] p, int po, float[] dp, int dpo, int count, int cols, int stride, float scale);

  /**
   * LayerNorm of rows {@code [from, to)}: {@code y = (x - mean) / sqrt(var + eps) * gamma + beta}.
   * Keeps mean and reciprocal deviation of row r in {@code stats[2 r]} and {@code stats[2 r + 1]}.
   */
  void layerNorm(
      float[] x,
      float[] gamma,
      float[] beta,
      float eps,
      int cols,
      float[] y,
      float[] stats,
      int from,
      int to);

  /** The input gradient of {@link #layerNorm}, written to {@code dx} or added to it. */
  void layerNormBackward(
      float[] x,
      float[] gamma,
      float[] stats,
      float[] dy,
      int cols,
      float[] dx,
      boolean accumulate,
      int from,
      int to);

  /**
   * RMSNorm of rows {@code [from, to)} of {@code gamma.length} elements (Zhang and Sennrich, 2019):
   * {@code y = x / sqrt(mean(x²) + eps) * gamma}. Keeps the reciprocal root of row r in {@code
   * inverses[r]}.
   */
  void rmsNorm(float[] x, float[] gamma, float eps, float[] y, float[] inverses, int from, int to);

  /** The input gradient of {@link #rmsNorm}, written to {@code dx} or added to it. */
  void rmsNormBackward(
      float[] x,
      float[] gamma,
      float[] inverses,
      float[] dy,
      float[] dx,
      boolean accumulate,
      int from,
      int to);

  /** Packs a panel: {@link io.github.lora4j.tensor.Panels#pack} on these kernels. */
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

  /**
   * Decodes 4-bit codes of 16 rows, column after column. Byte j of the eight of a column holds the
   * code of row j in its lower half and that of row j + 8 in its upper half; row r of column c goes
   * to {@code dst[at + c * stride + r]} as {@code table[code] * scales[r]}.
   *
   * @param table the 16 values
   * @param scales one for each row
   */
  void decodeNibbles(
      byte[] codes,
      int from,
      int cols,
      float[] table,
      float[] scales,
      float[] dst,
      int at,
      int stride);

  /**
   * Multiplies 4-bit codes of 16 rows, as {@link #decodeNibbles} finds them, with one vector:
   * {@code sums[r] += scales[r] * sum over c of table[code(r, c)] * x[xo + c]}.
   */
  void multiplyNibbles(
      byte[] codes,
      int from,
      int cols,
      float[] table,
      float[] scales,
      float[] x,
      int xo,
      float[] sums);

  /**
   * Widens 16-bit numbers of 16 rows, column after column, exactly: that of row r in column c goes
   * from {@code bits[from + c * 16 + r]} to {@code dst[at + c * stride + r]}.
   */
  void widen(HalfType type, short[] bits, int from, int cols, float[] dst, int at, int stride);

  /**
   * Decodes a row of bytes in parts of 16: byte i of part p becomes {@code scales[p] * codes[16 * p
   * + i]}, and if there are offsets, {@code offsets[p]} more, the product and the sum each rounded.
   *
   * @param offsets null where nothing is added: a sum with 0 would lose the sign of -0
   * @param part the first part
   * @param parts how many, to {@code dst[at .. at + 16 * parts)}
   */
  void decodeByteRow(
      byte[] codes, float[] scales, float[] offsets, int part, int parts, float[] dst, int at);

  /**
   * Multiplies a row of bytes in parts of 16 with a vector: the sum over parts p and bytes i of
   * {@code scales[p] * codes[16 * p + i] * x[xo + 16 * (p - part) + i]}.
   *
   * @param part the first part
   * @param parts how many
   */
  float multiplyByteRow(byte[] codes, float[] scales, int part, int parts, float[] x, int xo);

  /**
   * Multiplies rows of blocks of 32 codes of 4 bits with a vector: {@code y[to + r]} becomes the
   * sum over blocks b and codes i of {@code scales[r * blocks + b] * code(r, b, i) * x[32 * b +
   * i]}. Byte i of the 16 of a block, which begin at {@code from + r * rowBytes + b * stride},
   * holds code i in its lower and code i + 16 in its upper half.
   */
  void multiplyNibbleBlocks(
      byte[] codes,
      int from,
      int rowBytes,
      int stride,
      float[] scales,
      int blocks,
      float[] x,
      int rows,
      float[] y,
      int to);

  /** The same for blocks of 32 signed bytes. */
  void multiplyByteBlocks(
      byte[] codes,
      int from,
      int rowBytes,
      int stride,
      float[] scales,
      int blocks,
      float[] x,
      int rows,
      float[] y,
      int to);

  /**
   * Products of one vector with rows: {@code p[j] = scale * sum over i of q[qo + i] * k[ko + j *
   * stride + i]}, for {@code size} elements of {@code count} rows.
   */
  void dots(
      float[] q,
      int qo,
      float[] k,
      int ko,
      int stride,
      int count,
      int size,
      float scale,
      float[] p);

  /**
   * The weighted sum of rows: {@code y[yo + i] = sum over j of p[j] * v[vo + j * stride + i]}, for
   * {@code size} elements of {@code count} rows.
   */
  void weigh(float[] p, float[] v, int vo, int stride, int count, int size, float[] y, int yo);

  /**
   * Decodes bytes of eight rows of 32 columns and puts them side by side. Row r of column c has its
   * code at {@code codes[32 * r + c]} and in part {@code p = c / 16} the scale {@code scales[8 * p
   * + r]}, and if there are offsets, the offset there; as with {@link #decodeByteRow}. Row r of the
   * n-th column of those that are decoded goes to {@code dst[at + n * stride + r]}.
   *
   * @param codes 256; what is there afterwards is not defined
   * @param part the first part, 0 or 1
   * @param parts how many
   */
  void decodeByteColumns(
      byte[] codes,
      float[] scales,
      float[] offsets,
      int part,
      int parts,
      float[] dst,
      int at,
      int stride);

  /** The sum of {@code a[ao + i] * b[bo + i]} over {@code count} elements. */
  float dot(float[] a, int ao, float[] b, int bo, int count);
}
