package io.github.lora4j.models.gguf;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.LoraWeights;
import io.github.lora4j.adapter.PlainForm;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.weights.FloatValues;
import io.github.lora4j.quant.gguf.GgufType;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Writes one adapter as a GGUF file. */
final class GgufAdapterWriter {
  private final LoraAdapter adapter;
  private final GgufBase base;
  private final DType type;

  /**
   * @throws IllegalArgumentException if the adapter or the type is not one for GGUF files
   */
  GgufAdapterWriter(LoraAdapter adapter, GgufBase base, DType type) {
    this.adapter = adapter;
    this.base = base;
    this.type = type;
    if (!FloatValues.canWrite(type)) {
      throw new IllegalArgumentException("type " + type + " is none of F32, F16 and BF16");
    }
    LoraConfig config = adapter.config();
    refuse(
        PlainForm.isNeeded(adapter),
        "init_lora_weights = "
            + config.initLoraWeights().value()
            + ", whose start was taken out of the base (PlainForm.over makes a plain adapter)");
    refuse(config.useDora(), "use_dora");
    refuse(config.loraBias(), "lora_bias");
    refuse(!adapter.biases().isEmpty(), "bias = " + config.bias());
    refuse(
        !adapter.savedTensors().isEmpty(),
        "modules_to_save ("
            + String.join(", ", new TreeSet<>(adapter.savedTensors().keySet()))
            + ")");
    refuse(adapter.weights().isEmpty(), "no module with A and B");
  }

  private void refuse(boolean refused, String what) {
    if (refused) {
      throw new IllegalArgumentException(
          "adapter '" + adapter.name() + "' has " + what + ", which no GGUF adapter can hold");
    }
  }

  void write(Path path) {
    double alpha = alpha();
    GgufWriter writer =
        new GgufWriter()
            .string(AdapterKeys.ARCHITECTURE, base.architecture())
            .string(AdapterKeys.GENERAL_TYPE, AdapterKeys.ADAPTER)
            .string(AdapterKeys.NAME, adapter.name())
            .string(AdapterKeys.TYPE, AdapterKeys.LORA)
            .float32(AdapterKeys.ALPHA, (float) alpha);
    remember(writer);
    adapter.weights().forEach((module, w) -> add(writer, path, module, w, (float) alpha));
    writer.write(path);
  }

  private void remember(GgufWriter writer) {
    String name = adapter.config().baseModelNameOrPath();
    if (name != null) {
      writer.string(AdapterKeys.BASE_NAME, name);
    }
    String fingerprint = adapter.info().baseFingerprint();
    if (fingerprint != null) {
      writer.string(AdapterKeys.FINGERPRINT, fingerprint);
    }
    adapter.info().extra().forEach((key, value) -> writer.string(AdapterKeys.EXTRA + key, value));
  }

  /** The alpha of most modules. None of them may be 0, which llama.cpp takes for r. */
  private double alpha() {
    Map<Double, Integer> counts = new LinkedHashMap<>();
    adapter
        .weights()
        .forEach(
            (module, w) -> counts.merge(adapter.config().scaling(module) * w.r(), 1, Integer::sum));
    return counts.entrySet().stream()
        .filter(entry -> entry.getKey().floatValue() != 0f)
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse(1.0);
  }

  private void add(GgufWriter writer, Path path, String module, LoraWeights w, float alpha) {
    String tensor =
        base.tensor(module)
            .orElseThrow(
                () ->
                    new CheckpointException(
                        path.toString(),
                        module,
                        "has no name in GGUF files of the architecture " + base.architecture()));
    long r = w.r();
    GgufType stored = GgufType.valueOf(type.name());
    writer.tensor(
        tensor + AdapterKeys.A,
        stored,
        List.of(r, (long) w.in()),
        channel -> write(channel, path, module, w.a()));
    writer.tensor(
        tensor + AdapterKeys.B,
        stored,
        List.of((long) w.out(), r),
        channel -> write(channel, path, module, b(path, tensor, w, alpha)));
  }

  private float[] b(Path path, String tensor, LoraWeights w, float alpha) {
    float[] b = base.toGguf(path.toString(), tensor + AdapterKeys.B, w.b(), w.r());
    float factor = (float) ((double) w.scaling() * w.r() / alpha);
    // Alpha itself is rounded to float32: what is as close to 1 as that is 1.
    if (Math.abs(factor - 1f) > 3e-7f) {
      for (int i = 0; i < b.length; i++) {
        b[i] *= factor;
      }
    }
    return b;
  }

  private void write(WritableByteChannel channel, Path path, String module, float[] values)
      throws IOException {
    try {
      FloatValues.write(channel, type, values);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(path.toString(), module, e.getMessage(), e);
    }
  }
}
