package io.github.lora4j.memory;

/**
 * Bytes that a training takes, part by part.
 *
 * @param weights the frozen base, in memory or in a mapped file
 * @param adapters the trained values, their gradients, the copy of the best epoch and that which is
 *     saved
 * @param optimizer its state
 * @param activations buffers of the largest batch, with gradients and scratch of products
 * @param data texts and token ids
 * @param runtime the virtual machine with its libraries and garbage: measured, not computed
 * @param loading the whole process while the weights are read, before there is anything to train
 */
public record MemoryEstimate(
    long weights,
    long adapters,
    long optimizer,
    long activations,
    long data,
    long runtime,
    long loading) {
  /**
   * An estimate out of its parts.
   *
   * @param weights in memory, which the garbage grows with
   * @param mapped weights in a mapped file
   * @param loading what is taken beside weights and data while the weights are read
   */
  public static MemoryEstimate of(
      long weights,
      long mapped,
      long adapters,
      long optimizer,
      long activations,
      long data,
      long loading,
      RuntimeMemory runtime) {
    long live = weights + adapters + optimizer + activations + data;
    return new MemoryEstimate(
        weights + mapped,
        adapters,
        optimizer,
        activations,
        data,
        runtime.training() + Math.round(runtime.garbage() * live),
        runtime.loading() + weights + data + loading);
  }

  /** At the peak: while weights are read, or in the largest batch. */
  public long total() {
    return Math.max(loading, weights + adapters + optimizer + activations + data + runtime);
  }
}
