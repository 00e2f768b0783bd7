package io.github.lora4j.models.weights;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.quant.PackedInfo;
import io.github.lora4j.quant.QuantState;
import java.util.List;
import java.util.Set;

/** The headers of safetensors, where weights may be in 4 bits. Thread-safe. */
public final class CheckpointHeaders implements WeightHeaders {
  private final NamedTensors tensors;
  private final Set<String> packed;

  /**
   * @param tensors open while this is asked
   */
  public CheckpointHeaders(NamedTensors tensors) {
    this.tensors = tensors;
    this.packed = QuantState.quantized(tensors.names());
  }

  @Override
  public String source() {
    return tensors.source();
  }

  @Override
  public boolean has(String name) {
    return tensors.names().contains(name);
  }

  @Override
  public void requireShape(String name, int... shape) {
    if (!has(name)) {
      throw new CheckpointException(source(), name, "is missing");
    }
    List<Long> actual = tensors.info(name).shape();
    if (packed.contains(name)) {
      PackedInfo info = QuantState.info(tensors, name);
      actual = List.of((long) info.out(), (long) info.in());
    }
    WeightShape.require(source(), name, actual, "config.json says", shape);
  }

  @Override
  public boolean liesTurned(String name) {
    return !packed.contains(name);
  }

  @Override
  public WeightBytes bytes(String name, WeightFormat format, int out, int in) {
    if (packed.contains(name)) {
      long bytes = QuantState.info(tensors, name).config().bytes(out, in);
      return WeightBytes.copied(bytes, bytes);
    }
    DType stored = tensors.info(name).dtype();
    boolean turned = tensors.info(name).shape().get(0) != out;
    return format == WeightFormat.STORED && !turned && MappedWeights.canStay(stored)
        ? WeightBytes.inFile(tensors.info(name).byteLength())
        : WeightBytes.converted(format.of(stored).bytes(out, in), 0, (long) out * in);
  }
}
