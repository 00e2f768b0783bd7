package io.github.lora4j.models.merge;

import io.github.lora4j.adapter.BaseCheck;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.LoraWeights;
import io.github.lora4j.adapter.ModuleShape;
import io.github.lora4j.adapter.PlainForm;
import io.github.lora4j.adapter.SavedTensor;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsDirectory;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.models.weights.CheckpointCompanions;
import io.github.lora4j.models.weights.Fingerprint;
import io.github.lora4j.models.weights.TensorCopy;
import io.github.lora4j.quant.QuantState;
import io.github.lora4j.tensor.DenseMatrix;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Writes a checkpoint directory with an adapter added into its weights, as PEFT's {@code
 * merge_and_unload} does: {@code W + scaling * B A}, with DoRA {@code m / ‖W + scaling * B A‖}
 * times that. The sums are float32; each tensor keeps the type that it has in the checkpoint, but
 * for those in 4 bits, which become what the caller asks for. The result needs no adapter and is
 * read by every program that reads the base. One tensor is in memory at a time. Thread-safe.
 */
public final class CheckpointMerger {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";
  private static final String FILE = "model.safetensors";

  /** Rows of a panel of a weight that is read once. */
  private static final int PANEL = 16;

  private final Compute compute;

  /** Merges with these kernels. */
  public CheckpointMerger(Compute compute) {
    this.compute = compute;
  }

  /**
   * What was written.
   *
   * @param merged weights with an update
   * @param replaced tensors that the adapter has whole: biases and modules to save
   * @param kept tensors without a change; a weight in 4 bits is one
   */
  public record Report(int merged, int replaced, int kept) {}

  /**
   * Writes the checkpoint; its weights come last, so that a directory with weights is whole.
   * Weights in 4 bits become float32.
   *
   * @param base a directory with safetensors, in one file or several
   * @param adapter made for this base
   * @param out created if it is missing
   * @throws CheckpointException if a module of the adapter is not in the checkpoint or has another
   *     shape there, if a sum is too large for the type of its tensor, or if a file is damaged or
   *     cannot be written
   */
  public Report merge(Path base, LoraAdapter adapter, Path out) {
    try (NamedTensors tensors = SafetensorsDirectory.open(base)) {
      return merge(base, tensors, adapter, out, PackedMerge.FLOAT32);
    }
  }

  /**
   * The same for a checkpoint with weights in 4 bits.
   *
   * @param form what becomes of them
   * @throws CheckpointException also if there are none, or the start of the adapter was taken out
   *     of them
   */
  public Report merge(Path base, LoraAdapter adapter, Path out, PackedMerge form) {
    try (NamedTensors tensors = SafetensorsDirectory.open(base)) {
      if (QuantState.quantized(tensors.names()).isEmpty()) {
        throw new CheckpointException(
            tensors.source(), "holds no weights in 4 bits: each tensor keeps its type");
      }
      return merge(base, tensors, adapter, out, form);
    }
  }

  private Report merge(
      Path base, NamedTensors tensors, LoraAdapter adapter, Path out, PackedMerge form) {
    warnOfOtherBase(base, tensors, adapter);
    Map<String, TensorChange> changes = changes(tensors, adapter);
    SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
    TensorCopy copy = new TensorCopy(tensors);
    PackedTensors packed = new PackedTensors(tensors, form, compute.pool());
    int kept = 0;
    for (String name : tensors.names()) {
      String weight = packed.weightOf(name);
      TensorChange change = changes.get(weight == null ? name : weight);
      if (weight != null && packed.isRewritten(change)) {
        // Its other parts are written with it.
        if (weight.equals(name)) {
          packed.add(writer, weight, change);
          kept += change == null ? 1 : 0;
        }
      } else if (change == null) {
        copy.add(writer, name);
        kept += weight == null || weight.equals(name) ? 1 : 0;
      } else {
        ChangedTensor.add(writer, tensors, name, change);
      }
    }
    CheckpointCompanions.copy(base, out);
    if (!packed.isEmpty() && form != PackedMerge.PACKED) {
      DecodedConfig.write(out, form);
    }
    writer.write(out.resolve(FILE));
    int merged = adapter.weights().size();
    return new Report(merged, changes.size() - merged, kept);
  }

  /** Other weights of the same shapes may be the same model in another type. */
  private static void warnOfOtherBase(Path base, NamedTensors tensors, LoraAdapter adapter) {
    Map<String, ModuleShape> shapes = new LinkedHashMap<>();
    adapter
        .weights()
        .forEach((name, w) -> shapes.put(name, new ModuleShape(w.out(), w.in(), w.embedding())));
    Map<String, Integer> biases = new LinkedHashMap<>();
    adapter.biases().forEach((name, bias) -> biases.put(name, bias.shape().get(0)));
    new BaseCheck(base.toString(), Fingerprint.of(tensors), shapes, biases, "", false)
        .check(adapter);
  }

  private Map<String, TensorChange> changes(NamedTensors tensors, LoraAdapter adapter) {
    CheckpointNames names = new CheckpointNames(tensors, adapter);
    boolean turned = adapter.config().fanInFanOut();
    Map<String, TensorChange> changes = new LinkedHashMap<>();
    adapter
        .weights()
        .forEach(
            (module, update) -> {
              if (update.embedding()) {
                throw new CheckpointException(
                    tensors.source(),
                    module,
                    "are embeddings, whose update cannot be merged: an output layer that has the"
                        + " same weight would change with them");
              }
              String weight = names.of(module + WEIGHT);
              if (PlainForm.isNeeded(adapter) && QuantState.isQuantized(tensors.names(), weight)) {
                throw new CheckpointException(
                    tensors.source(),
                    weight,
                    "is in 4 bits, and what init_lora_weights = "
                        + adapter.config().initLoraWeights().value()
                        + " took out of it cannot be found again; merge into the checkpoint that"
                        + " it was made from");
              }
              changes.put(
                  weight, new LowRankChange(compute, update, turned, plain(adapter, module)));
              if (update.bias() != null) {
                changes.put(names.of(module + BIAS), biasChange(update));
              }
            });
    adapter
        .biases()
        .forEach((module, bias) -> changes.put(names.of(module + BIAS), replacement(bias)));
    adapter
        .savedTensors()
        .forEach((tensor, saved) -> changes.put(names.ofSaved(tensor), replacement(saved)));
    return changes;
  }

  /** What was saved by PEFT without converting it is for what its start left of a weight. */
  private static Function<float[], LoraWeights> plain(LoraAdapter adapter, String module) {
    LoraWeights update = adapter.weights().get(module);
    if (!PlainForm.isNeeded(adapter)) {
      return w -> update;
    }
    PlainForm.requireRepeatable(adapter);
    return w ->
        PlainForm.over(
            adapter.config(),
            module,
            update,
            DenseMatrix.pack(w, update.out(), update.in(), PANEL));
  }

  private static TensorChange replacement(SavedTensor tensor) {
    return (values, shape) -> {
      if (!shape.equals(tensor.shape().stream().map(Integer::longValue).toList())) {
        throw new IllegalArgumentException("is " + shape + ", the adapter has " + tensor.shape());
      }
      return tensor.values();
    };
  }

  private TensorChange biasChange(LoraWeights update) {
    if (update.magnitude() != null) {
      throw new IllegalArgumentException("an adapter with use_dora and lora_bias cannot be merged");
    }
    return (values, shape) -> {
      if (values.length != update.out()) {
        throw new IllegalArgumentException(
            "has " + values.length + " elements, the adapter's module " + update.out());
      }
      float[] sum = values.clone();
      compute.kernels().addScaled(update.scaling(), update.bias(), 0, sum, 0, sum.length);
      return sum;
    };
  }
}
