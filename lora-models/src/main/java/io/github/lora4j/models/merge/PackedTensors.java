package io.github.lora4j.models.merge;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.compute.WorkerPool;
import io.github.lora4j.quant.LatePacking;
import io.github.lora4j.quant.PackedInfo;
import io.github.lora4j.quant.QuantState;
import io.github.lora4j.tensor.HalfType;
import java.util.List;
import java.util.Set;

/** The weights of a checkpoint that are in 4 bits, on their way to another. Not thread-safe. */
final class PackedTensors {
  private static final TensorChange NONE = (values, shape) -> values;

  private final NamedTensors tensors;
  private final Set<String> weights;
  private final PackedMerge form;
  private final LatePacking packing;

  PackedTensors(NamedTensors tensors, PackedMerge form, WorkerPool pool) {
    this.tensors = tensors;
    this.weights = QuantState.quantized(tensors.names());
    this.form = form;
    this.packing = new LatePacking(pool);
  }

  /** True if the checkpoint has none. */
  boolean isEmpty() {
    return weights.isEmpty();
  }

  /**
   * The weight that a tensor of the checkpoint is or belongs to, or null if that is none of these.
   */
  String weightOf(String name) {
    return weights.contains(name) ? name : QuantState.weightOf(weights, name).orElse(null);
  }

  /** True if a weight is not copied as it is. */
  boolean isRewritten(TensorChange change) {
    return change != null || form != PackedMerge.PACKED;
  }

  /**
   * Adds a weight with all its parts to a file; it is decoded when that is written.
   *
   * @param change null for none
   */
  void add(SafetensorsWriter writer, String weight, TensorChange change) {
    PackedInfo info = QuantState.info(tensors, weight);
    TensorChange used = change == null ? NONE : change;
    if (form == PackedMerge.PACKED) {
      packing.add(writer, weight, info, () -> values(weight, info, used));
      return;
    }
    DType type = form.type();
    writer.add(
        weight,
        type,
        shape(info),
        channel ->
            ChangedTensor.write(
                channel, tensors.source(), weight, type, values(weight, info, used)));
  }

  private float[] values(String weight, PackedInfo info, TensorChange change) {
    float[] values = QuantState.read(tensors, weight).dequantize();
    if (form == PackedMerge.PACKED) {
      roundAsPeft(values, info.dtype());
    }
    float[] changed;
    try {
      changed = change.apply(values, shape(info));
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(tensors.source(), weight, e.getMessage(), e);
    }
    NamedTensors.requireFinite(tensors.source(), weight, changed);
    return changed;
  }

  /** PEFT adds to the values in the type in which bitsandbytes decodes them. */
  private static void roundAsPeft(float[] values, String dtype) {
    for (HalfType type : HalfType.values()) {
      if (type.id().equals(dtype)) {
        for (int i = 0; i < values.length; i++) {
          values[i] = type.widen(type.narrow(values[i]));
        }
      }
    }
  }

  private static List<Long> shape(PackedInfo info) {
    return List.of((long) info.out(), (long) info.in());
  }
}
