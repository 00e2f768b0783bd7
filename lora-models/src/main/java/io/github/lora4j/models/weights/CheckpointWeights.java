package io.github.lora4j.models.weights;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.quant.FourBitMatrix;
import io.github.lora4j.quant.FourBitWeights;
import io.github.lora4j.quant.QuantState;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.List;
import java.util.Optional;

/** Reads weights from a checkpoint and checks every shape and value. */
public final class CheckpointWeights implements WeightSource {
  private final Compute compute;
  private final WeightFormat format;
  private final NamedTensors weights;
  private final boolean searched;

  private CheckpointWeights(
      Compute compute, WeightFormat format, NamedTensors weights, boolean searched) {
    this.compute = compute;
    this.format = format;
    this.weights = weights;
    this.searched = searched;
  }

  /**
   * @param format for the weights of linear layers; those that the checkpoint holds in 4 bits stay
   *     as they are
   */
  public CheckpointWeights(Compute compute, WeightFormat format, NamedTensors weights) {
    this(compute, format, weights, true);
  }

  /**
   * The same, but what stays in the mapped file is not searched for NaN and infinity: opening takes
   * milliseconds however large the file is. Whoever computes with it has to look at the results.
   */
  public static CheckpointWeights unsearched(
      Compute compute, WeightFormat format, NamedTensors weights) {
    return new CheckpointWeights(compute, format, weights, false);
  }

  /** True if any name in the checkpoint starts so. */
  public boolean anyStartsWith(String prefix) {
    return weights.names().stream().anyMatch(name -> name.startsWith(prefix));
  }

  /** True for a weight that the checkpoint holds in 4 bits. */
  public boolean isQuantized(String name) {
    return QuantState.isQuantized(weights.names(), name);
  }

  @Override
  public String source() {
    return weights.source();
  }

  @Override
  public boolean has(String name) {
    return weights.names().contains(name);
  }

  /** Weights are turned before they are packed, as transformers does it. */
  @Override
  public FrozenMatrix transposed(String name, String module, int out, int in) {
    if (isQuantized(name)) {
      return matrix(name, module, out, in);
    }
    float[] turned = Transpose.floats(read(name, in, out), out);
    return store(format, name, module, turned, out, in);
  }

  @Override
  public FrozenMatrix table(String name, int rows, int cols) {
    return weight(format.tables(), name, name, rows, cols);
  }

  @Override
  public FrozenMatrix matrix(String name, String module, int out, int in) {
    if (!isQuantized(name)) {
      return weight(format, name, module, out, in);
    }
    FourBitWeights packed = QuantState.read(weights, name);
    requireShape(name, List.of((long) packed.out(), (long) packed.in()), out, in);
    return new FourBitMatrix(compute.kernels(), packed);
  }

  /** In the file if it may stay there, otherwise in memory. */
  private FrozenMatrix weight(WeightFormat form, String name, String module, int out, int in) {
    if (form == WeightFormat.STORED) {
      requireShape(name, out, in);
      Optional<FrozenMatrix> mapped = MappedWeights.find(compute.kernels(), weights, name, out, in);
      if (mapped.isPresent()) {
        if (searched) {
          requireFinite(name, mapped.get());
        }
        return mapped.get();
      }
    }
    return store(form, name, module, read(name, out, in), out, in);
  }

  private void requireFinite(String name, FrozenMatrix matrix) {
    float[] row = new float[matrix.in()];
    for (int r = 0; r < matrix.out(); r++) {
      matrix.decodeRow(r, row, 0);
      NamedTensors.requireFinite(weights.source(), name, row, (long) r * row.length);
    }
  }

  private FrozenMatrix store(
      WeightFormat form, String name, String module, float[] w, int out, int in) {
    try {
      return form.of(weights.info(name).dtype()).store(compute, module, w, out, in);
    } catch (ArithmeticException e) {
      throw new CheckpointException(weights.source(), name, e.getMessage(), e);
    }
  }

  @Override
  public float[] read(String name, int... shape) {
    requireShape(name, shape);
    return weights.readFinite(name);
  }

  private void requireShape(String name, int... shape) {
    if (!weights.names().contains(name)) {
      throw new CheckpointException(weights.source(), name, "is missing");
    }
    requireShape(name, weights.info(name).shape(), shape);
  }

  private void requireShape(String name, List<Long> actual, int... shape) {
    WeightShape.require(weights.source(), name, actual, "config.json says", shape);
  }
}
