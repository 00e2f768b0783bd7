package io.github.lora4j.lora;

import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.nd4j.Nd4jArrays;
import io.github.lora4j.tensor.Tensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One training pass through a {@link LoraLinear}: the output, then the gradients. One thread. */
public final class LoraPass implements AutoCloseable {
  private final Tape tape;
  private final Var x;
  private final Var y;
  private final Tensor output;
  private boolean done;

  LoraPass(LoraLinear layer, Tape tape, Tensor input) {
    this.tape = tape;
    this.x = tape.input(input);
    this.y = layer.forward(tape, x);
    this.output = y.value().copy();
  }

  /** The output, {@code [rows, out]}. */
  public INDArray output() {
    return Nd4jArrays.toNd4j(output);
  }

  /**
   * Adds the gradients of A and B to the layer's and returns that of the input; once per pass.
   *
   * @param dy gradient of the loss with respect to {@link #output()}, {@code [rows, out]}
   * @return {@code [rows, in]}
   */
  public INDArray backward(INDArray dy) {
    Tensor gradient = Nd4jArrays.toTensor(dy);
    if (gradient.rows() != output.rows() || gradient.cols() != output.cols()) {
      throw new IllegalArgumentException("dy is " + gradient + " but the output is " + output);
    }
    if (done) {
      throw new IllegalStateException("this pass is over: backward or close has been called");
    }
    done = true;
    tape.backward(y, gradient);
    return Nd4jArrays.toNd4j(x.grad());
  }

  @Override
  public void close() {
    done = true;
    tape.close();
  }
}
