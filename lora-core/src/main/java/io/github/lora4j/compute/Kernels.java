package io.github.lora4j.compute;

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

  /** Those for packed weights. */
  CodeKernels codes();

  /** {@code out[i] = a[i] + b[i]} for elements; {@code out} may be one of the inputs. */
  void add(float[] a, float[] b, float[] out, int from, int to);

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

  /** The sum of {@code a[ao + i] * b[bo + i]} over {@code count} elements. */
  float dot(float[] a, int ao, float[] b, int bo, int count);
}
