package io.github.lora4j.models.weights;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.quant.FourBitMatrix;
import io.github.lora4j.quant.QuantConfig;
import io.github.lora4j.quant.Quantizer;
import io.github.lora4j.tensor.FrozenMatrix;

/** The form in which a model holds the weights of its linear layers. */
@FunctionalInterface
public interface WeightFormat {
  /** Float32, in the order in which the kernels in use read them. */
  WeightFormat FLOAT32 = (compute, w, out, in) -> compute.gemm().dense(w, out, in);

  /** Four bits, quantized when the model is loaded. */
  static WeightFormat quantized(QuantConfig config) {
    Quantizer quantizer = new Quantizer(config);
    return (compute, w, out, in) ->
        new FourBitMatrix(compute.kernels(), quantizer.quantize(compute.pool(), w, out, in));
  }

  /**
   * Stores a weight.
   *
   * @param w row-major {@code [out, in]}, finite; not kept
   */
  FrozenMatrix store(Compute compute, float[] w, int out, int in);
}
