package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.compute.StridedGemm;
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
  /** Most rows of a task, and least if there are more: A and B are packed once for each. */
  private static final int TASK_ROWS = 64;

  private static final int LEAST_ROWS = 8;

  /** Multiplications that are worth handing to another thread. */
  private static final long TASK_WORK = 1 << 15;

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
    for (SegmentChange segment : segments) {
      if (segment.bias() != null) {
        FrozenLinear.requireBias(segment.bias().length, w.out());
      }
    }
    if (rows == 1 && isPlainUpdate(segments.get(0))) {
      alone(compute, x.value(), w, segments.get(0), y);
      return tape.result(y, x);
    }
    List<SegmentChange> tasks = tasks(segments, rows, compute.pool().threads());
    long work = 0;
    for (SegmentChange task : tasks) {
      work += task.a() == null ? 0 : (long) (task.to() - task.from()) * task.a().rows();
    }
    base(compute, x.value(), w, segments, y);
    if (work * (w.in() + w.out()) < TASK_WORK) {
      tasks.forEach(task -> change(compute, x.value(), task, y));
    } else {
      compute.pool().forEach(tasks.size(), i -> change(compute, x.value(), tasks.get(i), y));
    }
    return tape.result(y, x);
  }

  /** Segments in parts that are as even as they can be, enough for all threads. */
  private static List<SegmentChange> tasks(List<SegmentChange> segments, int rows, int threads) {
    int most = Math.max(LEAST_ROWS, Math.min(TASK_ROWS, rows / (2 * threads)));
    List<SegmentChange> tasks = new ArrayList<>();
    for (SegmentChange segment : segments) {
      int count = segment.to() - segment.from();
      int parts = (count + most - 1) / most;
      for (int part = 0; part < parts; part++) {
        int from = (int) ((long) count * part / parts);
        int to = (int) ((long) count * (part + 1) / parts);
        tasks.add(segment.rows(segment.from() + from, segment.from() + to));
      }
    }
    return tasks;
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
    int out = y.cols();
    if (task.to() - task.from() == 1 && task.columnsOfB() != null) {
      oneRow(compute, x, task, y);
    } else {
      rows(compute, x, task, y);
    }
    for (int row = task.from(); row < task.to(); row++) {
      if (task.factors() != null) {
        ScaleColumns.row(y.data(), row * out, out, task.factors(), task.bias(), y.data());
      }
      if (task.shift() != null) {
        kernels.addScaled(task.scaling(), task.shift(), 0, y.data(), row * out, out);
      }
    }
  }

  private static void rows(Compute compute, Tensor x, SegmentChange task, Tensor y) {
    StridedGemm gemm = compute.small();
    int rows = task.to() - task.from();
    int in = x.cols();
    int out = y.cols();
    int r = task.a().rows();
    int at = task.from() * out;
    float[] u = compute.buffers().borrow(rows * r);
    gemm.nt(
        rows, r, in, 1f, x.data(), task.from() * in, in, task.a().data(), 0, in, u, 0, r, false);
    gemm.nt(rows, out, r, task.scaling(), u, 0, r, task.b().data(), 0, r, y.data(), at, out, true);
    compute.buffers().release(u);
  }

  private static boolean isPlainUpdate(SegmentChange change) {
    return change.a() != null && change.columnsOfB() != null && change.factors() == null;
  }

  /** A batch of one row, as of a single sequence: its update is computed beside the product. */
  private static void alone(
      Compute compute, Tensor x, FrozenMatrix w, SegmentChange change, Tensor y) {
    Kernels kernels = compute.kernels();
    int out = w.out();
    float[] update = compute.buffers().borrow(out);
    compute
        .gemm()
        .forwardBeside(
            compute.pool(),
            x.data(),
            1,
            w,
            change.start(),
            y.data(),
            () -> update(compute, x, change, out, update));
    kernels.add(y.data(), update, y.data(), 0, out);
    compute.buffers().release(update);
    if (change.shift() != null) {
      kernels.addScaled(change.scaling(), change.shift(), 0, y.data(), 0, out);
    }
  }

  /** One row among others: packing A and B would be most of the work for it. */
  private static void oneRow(Compute compute, Tensor x, SegmentChange task, Tensor y) {
    int out = y.cols();
    int at = task.from() * out;
    float[] update = compute.buffers().borrow(out);
    update(compute, x, task, out, update);
    compute.kernels().addScaled(1f, update, 0, y.data(), at, out);
    compute.buffers().release(update);
  }

  /** The low-rank update of the first row of a task. */
  private static void update(
      Compute compute, Tensor x, SegmentChange task, int out, float[] update) {
    int in = x.cols();
    int r = task.a().rows();
    float[] u = compute.buffers().borrow(r);
    compute
        .kernels()
        .dots(x.data(), task.from() * in, task.a().data(), 0, in, r, in, task.scaling(), u);
    compute.kernels().weigh(u, task.columnsOfB().data(), 0, out, r, out, update, 0);
    compute.buffers().release(u);
  }
}
