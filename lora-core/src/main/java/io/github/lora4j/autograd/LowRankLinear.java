package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.Gemm;
import io.github.lora4j.compute.WorkerPool;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.function.Supplier;

/**
 * {@code y = x Wᵀ + bias + scaling * dropout(x) Aᵀ Bᵀ}: frozen weights with a low-rank update (Hu
 * et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021).
 */
public final class LowRankLinear {
  private LowRankLinear() {}

  /**
   * @param x {@code [rows, in]}
   * @param w frozen, {@code [out, in]}
   * @param bias {@code [out]}, which may be trained, or null
   * @param a {@code [r, in]}
   * @param b {@code [out, r]}
   * @param dropout probability with which the low-rank path drops an input while training, in [0,
   *     1)
   * @return {@code [rows, out]}
   */
  public static Var apply(
      Tape tape, Var x, FrozenMatrix w, Var bias, Var a, Var b, float scaling, double dropout) {
    float[] mask = dropout > 0 && tape.recording() ? Dropout.mask(tape, x.value(), dropout) : null;
    return apply(tape, x, w, bias, a, b, scaling, mask);
  }

  /**
   * The same with a given dropout mask, as for {@link Dropout#apply(Tape, Var, float[])}, or null.
   */
  static Var apply(
      Tape tape, Var x, FrozenMatrix w, Var bias, Var a, Var b, float scaling, float[] mask) {
    FrozenLinear.requireFeatures(x.value(), w.in());
    requireShapes(w, bias, a.value(), b.value());
    Compute compute = tape.compute();
    Gemm gemm = compute.gemm();
    WorkerPool pool = compute.pool();
    int rows = x.value().rows();
    int in = w.in();
    int outputs = w.out();
    int r = a.value().rows();
    // Asked for when it is read: a tape may forget x and compute it again.
    Supplier<float[]> input = input(tape, x, mask);

    Tensor y = tape.matrix(rows, outputs);
    gemm.forward(pool, x.value().data(), rows, w, FrozenLinear.values(bias), y.data());
    Tensor u = tape.matrix(rows, r);
    gemm.nt(pool, rows, r, in, 1f, input.get(), a.value().data(), u.data(), false);
    gemm.nt(pool, rows, outputs, r, scaling, u.data(), b.value().data(), y.data(), true);

    Var out = tape.result(y, x, a, b, bias);
    tape.record(
        out,
        () -> {
          float[] dy = out.grad().data();
          FrozenLinear.addBiasGradient(tape, out.grad(), bias);
          if (b.requiresGrad()) {
            boolean add = b.grad() != null;
            float[] db = tape.gradOf(b).data();
            gemm.tn(pool, outputs, r, rows, scaling, dy, u.data(), db, add);
          }
          if (!a.requiresGrad() && !x.requiresGrad()) {
            return;
          }
          Tensor du = tape.matrix(rows, r);
          gemm.nn(pool, rows, r, outputs, scaling, dy, b.value().data(), du.data(), false);
          if (a.requiresGrad()) {
            boolean add = a.grad() != null;
            float[] da = tape.gradOf(a).data();
            gemm.tn(pool, r, in, rows, 1f, du.data(), input.get(), da, add);
          }
          if (x.requiresGrad()) {
            boolean add = x.grad() != null;
            float[] dx = tape.gradOf(x).data();
            gemm.backward(pool, dy, rows, w, dx, add);
            if (mask == null) {
              gemm.nn(pool, rows, in, r, 1f, du.data(), a.value().data(), dx, true);
            } else {
              Tensor dropped = tape.matrix(rows, in);
              gemm.nn(pool, rows, in, r, 1f, du.data(), a.value().data(), dropped.data(), false);
              Dropout.addMasked(tape, dropped, mask, dx);
            }
          }
        });
    return out;
  }

  private static Supplier<float[]> input(Tape tape, Var x, float[] mask) {
    if (mask == null) {
      return () -> x.value().data();
    }
    float[] dropped = Dropout.masked(tape, x.value(), mask);
    return () -> dropped;
  }

  private static void requireShapes(FrozenMatrix w, Var bias, Tensor a, Tensor b) {
    FrozenLinear.requireBias(bias, w.out());
    if (a.cols() != w.in() || b.rows() != w.out() || b.cols() != a.rows()) {
      throw new IllegalArgumentException(
          "A is "
              + a
              + " and B "
              + b
              + ", which do not fit a "
              + w.out()
              + " x "
              + w.in()
              + " matrix");
    }
  }
}
