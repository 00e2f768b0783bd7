package io.github.lora4j.compute;

/**
 * What a model computes with: a set of kernels, a worker pool and reusable buffers. Whoever creates
 * it owns it and hands it to the models; nothing in it is global. Thread-safe.
 */
public final class Compute implements AutoCloseable {
  private final KernelSet set;
  private final WorkerPool pool;
  private final FloatBuffers buffers = new FloatBuffers();
  private final Gemm gemm;
  private final StridedGemm small;
  private final Kernels kernels;

  /** Computes with a given set of kernels on {@code threads} threads. */
  public Compute(KernelSet set, int threads) {
    this.set = set;
    this.pool = new WorkerPool(threads);
    this.gemm = set.gemm(buffers);
    this.small = set.small(buffers);
    this.kernels = set.kernels();
  }

  /** The selected kernels on {@code threads} threads. */
  public static Compute withThreads(int threads) {
    return new Compute(KernelSet.selected(), threads);
  }

  /** The selected kernels on one thread for each processor. */
  public static Compute create() {
    return withThreads(Runtime.getRuntime().availableProcessors());
  }

  /** The set of kernels in use. */
  public KernelSet set() {
    return set;
  }

  /** The worker pool. */
  public WorkerPool pool() {
    return pool;
  }

  /** Reusable arrays. */
  public FloatBuffers buffers() {
    return buffers;
  }

  /** Large matrix products. */
  public Gemm gemm() {
    return gemm;
  }

  /** Small products on parts of matrices, one thread. */
  public StridedGemm small() {
    return small;
  }

  /** Everything else, one thread. */
  public Kernels kernels() {
    return kernels;
  }

  @Override
  public void close() {
    pool.close();
  }
}
