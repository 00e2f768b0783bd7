package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A frozen linear layer over rows with several adapters: one product with the frozen weights for
 * all rows, then the change of each adapter for its own (as in Chen et al., "Punica: Multi-Tenant
 * LoRA Serving", 2023). Every row is summed up in the order of {@link LowRankLinear} and {@link
 * DoraLinear}. For inference.
 */
public final class SegmentedLinear {
  /** Rows of a task: A and B are packed once for each. */
  private static final int TASK_ROWS = 64;

  /** Multiplications that are worth handing to another thread. */
  private static final long TASK_WORK = 1 << 18;

  private SegmentedLinear() {}

  /**
   * @param x {@code [rows, in]}
   * @param w frozen, {@code [out, in]}
   * @param segments cover the rows, one after the other
   * @return {@code [rows, out]}
   * @throws IllegalStateException on a tape that records: a batch that is trained has one adapter
   */
  public static Var apply(Tape tape, Var x, FrozenMatrix w, List<SegmentChange> segments) {
    if (tape.recording()) {
      throw new IllegalStateException("rows with several adapters have no gradients");
    }
    FrozenLinear.requireFeatures(x.value(), w.in());
    Compute compute = tape.compute();
    int rows = x.value().rows();
    Tensor y = tape.matrix(rows, w.out());
    List<SegmentChange> tasks = new ArrayList<>();
    long work = 0;
    for (SegmentChange segment : segments) {
      FrozenLinear.requireBias(segment.bias(), w.out());
      if (segment.a() != null) {
        work += (long) (segment.to() - segment.from()) * segment.a().size();
      }
      for (int from = segment.from(); from < segment.to(); from += TASK_ROWS) {
        tasks.add(segment.rows(from, Math.min(segment.to(), from + TASK_ROWS)));
      }
    }
    base(compute, x.value(), w, segments, y);
    if (work < TASK_WORK) {
      tasks.forEach(task -> change(compute, x.value(), task, y));
    } else {
      compute.pool().forEach(tasks.size(), i -> change(compute, x.value(), tasks.get(i), y));
    }
    return tape.result(y, x);
  }

  private static void base(
      Compute compute, Tensor x, FrozenMatrix w, List<SegmentChange> segments, Tensor y) {
    float[] first = segments.get(0).start();
    if (segments.stream().allMatch(segment -> segment.start() == first)) {
      compute.gemm().forward(compute.pool(), x.data(), x.rows(), w, first, y.data());
      return;
    }
    int out = w.out();
    for (SegmentChange segment : segments) {
      float[] start = segment.start();
      if (start == null) {
        Arrays.fill(y.data(), segment.from() * out, segment.to() * out, 0f);
        continue;
      }
      for (int row = segment.from(); row < segment.to(); row++) {
        System.arraycopy(start, 0, y.data(), row * out, out);
      }
    }
    compute.gemm().addForward(compute.pool(), x.data(), x.rows(), w, y.data());
  }

  private static void change(Compute compute, Tensor x, SegmentChange task, Tensor y) {
    if (task.a() == null) {
      return;
    }
    Kernels kernels = compute.kernels();
    int rows = task.to() - task.from();
    int in = x.cols();
    int out = y.cols();
    int r = task.a().rows();
    float[] a = task.a().data();
    float[] b = task.b().data();
    float[] u = compute.buffers().borrow(rows * r);
    int at = task.from() * out;
    compute.small().nt(rows, r, in, 1f, x.data(), task.from() * in, in, a, 0, in, u, 0, r, false);
    compute.small().nt(rows, out, r, task.scaling(), u, 0, r, b, 0, r, y.data(), at, out, true);
    compute.buffers().release(u);
    for (int row = task.from(); row < task.to(); row++) {
      if (task.factors() != null) {
        ScaleColumns.row(y.data(), row * out, out, task.factors(), task.bias(), y.data());
      }
      if (task.shift() != null) {
        kernels.addScaled(task.scaling(), task.shift(), 0, y.data(), row * out, out);
      }
    }
  }
}
