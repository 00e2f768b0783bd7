package io.github.lora4j.autograd;

import io.github.lora4j.Approx;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What an operation should give for a fixed gradient of its output, and the comparison with it. */
record GradientCheck(float[] dy, double[] y, Map<String, double[]> grads) {
  static final double TOLERANCE = 1e-4;
  private static final double FLOOR = 1e-2;
  private static final float START = 0.5f;

  /** Expectations from central differences of the case's reference in float64. */
  static GradientCheck byCentralDifferences(OpCase c) {
    Map<String, double[]> in = c.wideInputs();
    double[] y = c.reference().apply(in);
    float[] dy = Random64.of(c.name() + "/dy").floats(y.length, 1);
    Map<String, double[]> grads = new LinkedHashMap<>();
    for (String name : c.grads()) {
      grads.put(name, CentralDifferences.of(c.reference(), in, name, Approx.widen(dy)));
    }
    return new GradientCheck(dy, y, grads);
  }

  /**
   * Runs the operation and compares its output and every gradient: all at once, added to gradients
   * that are already there, and each input alone with the others frozen.
   */
  void require(Compute compute, OpCase c) {
    requireRun(c.name(), OpRun.of(compute, c.op(), c.inputs(), c.grads(), dy), 0);
    requireRun(
        c.name() + " accumulated",
        OpRun.accumulating(compute, c.op(), c.inputs(), c.grads(), dy, START),
        START);
    for (String alone : c.grads()) {
      OpRun run = OpRun.of(compute, c.op(), c.inputs(), Set.of(alone), dy);
      requireRun(c.name() + " of " + alone + " alone", run, 0);
    }
  }

  /** Compares one run, whose gradients were added to {@code start}. */
  void requireRun(String what, OpRun run, double start) {
    Approx.requireClose(what + ": y", y, run.y(), TOLERANCE, FLOOR);
    run.grads().forEach((name, grad) -> requireGrad(what + ": d" + name, name, grad, start));
  }

  private void requireGrad(String what, String name, Tensor grad, double start) {
    double[] actual = Approx.widen(grad);
    for (int i = 0; i < actual.length; i++) {
      actual[i] -= start;
    }
    Approx.requireClose(what, grads.get(name), actual, TOLERANCE, FLOOR);
  }
}
