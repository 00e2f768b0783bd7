package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Operations with the right output and a deliberately wrong gradient. */
final class WrongBackward {
  private WrongBackward() {}

  /** Adds gradients of the inputs, wrongly. */
  @FunctionalInterface
  interface Backward {
    void run(Gradients to, float[] y, float[] dy);
  }

  /** Gradients by input, of exactly its size, which start at zero. */
  @FunctionalInterface
  interface Gradients {
    float[] of(String input);
  }

  /** The operation, but with the gradient of one input 0.1 % too large. */
  static Op slightlyTooLarge(Op right, String input) {
    return (tape, in) -> {
      Var x = in.get(input);
      Var seen = tape.result(x.value(), x);
      tape.record(
          seen,
          () -> {
            Tensor grad = seen.grad().copy();
            for (int i = 0; i < grad.size(); i++) {
              grad.data()[i] *= 1.001f;
            }
            tape.addGrad(x, grad);
          });
      Map<String, Var> mutated = new LinkedHashMap<>(in);
      mutated.put(input, seen);
      return right.apply(tape, mutated);
    };
  }

  /** The operation with another backward pass. */
  static Op replaced(Op right, Set<String> grads, Backward backward) {
    return (tape, in) -> {
      Tensor y;
      try (Tape forward = Tape.inference(tape.compute())) {
        y = right.apply(forward, in).value().copy();
      }
      Var out = tape.result(y, grads.stream().map(in::get).toArray(Var[]::new));
      tape.record(
          out,
          () -> {
            Map<String, float[]> wrong = new LinkedHashMap<>();
            backward.run(
                name -> wrong.computeIfAbsent(name, n -> new float[in.get(n).value().size()]),
                y.data(),
                out.grad().toArray());
            wrong.forEach(
                (name, d) ->
                    tape.addGrad(in.get(name), Tensor.of(d, in.get(name).value().shape())));
          });
      return out;
    };
  }
}
