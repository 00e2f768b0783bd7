package io.github.lora4j.compute;

/**
 * What a model computes with: a set of kernels, a worker pool and reusable buffers. Whoever creates
 * it owns it and hands it to the models; nothing in it is global. Thread-safe.
 */
public final class Compute implements AutoCloseable {
  private final KernelSet set;
  private final WorkerPool pool;
  private final FloatBuffers buffers;
  private final Gemm gemm;
  private final StridedGemm small;
  private final Kernels kernels;
  private final Compute serial;

  /** Computes with a given set of kernels on {@code threads} threads. */
  public Compute(KernelSet set, int threads) {
    this.set = set;
    this.pool = new WorkerPool(threads);
    this.buffers = new FloatBuffers();
    this.gemm = set.gemm(buffers);
    this.small = set.small(buffers);
    this.kernels = set.kernels();
    this.serial = threads == 1 ? this : new Compute(this);
  }

  /** The same on the calling thread alone. */
  private Compute(Compute parallel) {
    this.set = parallel.set;
    this.pool = new WorkerPool(1);
    this.buffers = parallel.buffers;
    this.gemm = parallel.gemm;
    this.small = parallel.small;
    this.kernels = parallel.kernels;
    this.serial = this;
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

  /**
   * The same kernels and buffers, on the calling thread alone: for callers that run parts of a
   * batch side by side, which costs less than sharing out every operation.
   */
  public Compute serial() {
    return serial;
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
