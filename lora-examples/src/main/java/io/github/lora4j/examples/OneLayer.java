package io.github.lora4j.examples;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraLinear;
import io.github.lora4j.lora.LoraPass;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.AdamWConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * LoRA on one linear layer, with a training loop written by hand. The layer has 48 inputs and 32
 * outputs. We want it to compute something slightly different, W + D, where D has rank 2: so two
 * small matrices, A (4 x 48) and B (32 x 4), are enough to learn the difference.
 */
public final class OneLayer {
  private OneLayer() {}

  /** Trains and prints the error. */
  public static void main(String[] args) {
    System.out.printf("mean squared error after training: %.6f%n", train(400));
  }

  /** Trains for a number of steps and returns the mean squared error on inputs not seen. */
  static double train(int steps) {
    Nd4j.getRandom().setSeed(7);
    INDArray w = Nd4j.randn(DataType.FLOAT, 32, 48).mul(0.2);
    INDArray d = Nd4j.randn(DataType.FLOAT, 32, 2).mmul(Nd4j.randn(DataType.FLOAT, 2, 48)).mul(0.1);
    INDArray wanted = w.add(d);

    try (Compute compute = Compute.create()) {
      // W is frozen: it is never changed and gets no gradient. Only A and B are trained.
      LoraLinear layer = LoraLinear.of(w).r(4).alpha(8).seed(1).build(compute);
      AdamW optimiser = new AdamW(layer.parameters(), AdamWConfig.DEFAULT.withWeightDecay(0));

      for (int step = 0; step < steps; step++) {
        INDArray x = Nd4j.randn(DataType.FLOAT, 64, 48);
        INDArray target = x.mmul(wanted.transpose());
        optimiser.zeroGrad();
        try (LoraPass pass = layer.train(x)) {
          // The gradient of the mean of (y - target)^2.
          INDArray error = pass.output().sub(target);
          pass.backward(error.mul(2.0 / error.length()));
        }
        optimiser.step(0.02);
      }

      // Merged, the update is a part of the weights: a call costs one product again.
      layer.merge();
      INDArray x = Nd4j.randn(DataType.FLOAT, 64, 48);
      INDArray error = layer.forward(x).sub(x.mmul(wanted.transpose()));
      return error.mul(error).meanNumber().doubleValue();
    }
  }
}
