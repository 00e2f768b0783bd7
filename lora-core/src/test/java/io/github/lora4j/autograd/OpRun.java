package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The output of an operation and the gradients of {@code sum(y * dy)}.
 *
 * @param grads by input, for those that were asked for
 */
record OpRun(Tensor y, Map<String, Tensor> grads) {
  private static final long SEED = 5;

  /**
   * Runs an operation on a tape of its own.
   *
   * @param dy gradient of the output, or null for 1, of a single value
   */
  static OpRun of(
      Compute compute, Op op, Map<String, Tensor> inputs, Set<String> wanted, float[] dy) {
    Map<String, Var> vars = new LinkedHashMap<>();
    try (Tape tape = Tape.training(compute, SEED)) {
      inputs.forEach(
          (name, value) ->
              vars.put(name, wanted.contains(name) ? tape.input(value) : Var.constant(value)));
      return run(tape, op, vars, wanted, dy);
    }
  }

  /** As {@link #of}, on parameters whose gradients already hold {@code start}. */
  static OpRun accumulating(
      Compute compute,
      Op op,
      Map<String, Tensor> inputs,
      Set<String> wanted,
      float[] dy,
      float start) {
    Map<String, Var> vars = new LinkedHashMap<>();
    inputs.forEach(
        (name, value) -> {
          Var var = wanted.contains(name) ? new Parameter(name, value) : Var.constant(value);
          if (wanted.contains(name)) {
            java.util.Arrays.fill(var.grad().data(), start);
          }
          vars.put(name, var);
        });
    try (Tape tape = Tape.training(compute, SEED)) {
      return run(tape, op, vars, wanted, dy);
    }
  }

  private static OpRun run(
      Tape tape, Op op, Map<String, Var> vars, Set<String> wanted, float[] dy) {
    Var y = op.apply(tape, vars);
    Tensor value = y.value().copy();
    if (dy == null) {
      tape.backward(y);
    } else {
      tape.backward(y, Tensor.of(dy, value.shape()));
    }
    Map<String, Tensor> grads = new LinkedHashMap<>();
    vars.forEach(
        (name, var) -> {
          if (wanted.contains(name)) {
            if (var.grad() == null) {
              throw new AssertionError("no gradient arrived at " + name);
            }
            grads.put(name, var.grad().copy());
          } else if (var.grad() != null) {
            throw new AssertionError("a gradient was computed for the frozen " + name);
          }
        });
    return new OpRun(value, grads);
  }
}
