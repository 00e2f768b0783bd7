package io.github.lora4j.models.causal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsDirectory;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.models.config.JsonFile;
import io.github.lora4j.models.gguf.GgufCheckpoint;
import io.github.lora4j.models.gguf.GgufTensors;
import io.github.lora4j.models.weights.CheckpointCompanions;
import io.github.lora4j.models.weights.CheckpointQuantizer;
import io.github.lora4j.models.weights.QuantizationConfig;
import io.github.lora4j.models.weights.TurnedTensors;
import io.github.lora4j.models.weights.UnreadWeights;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.quant.Quantizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes a decoder as a checkpoint directory with its linear layers in 4 bits, which {@link
 * CausalLm#open} and transformers load. Embeddings, norms and the output layer stay as they are,
 * those of a GGUF file become float32.
 */
public final class DecoderQuantizer {
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.safetensors";

  private DecoderQuantizer() {}

  /**
   * Writes the checkpoint; its weights come last, so that a directory with weights is whole.
   * Weights are read and packed in parts, those of GPT-2 one after the other.
   *
   * @param out created if it is missing
   * @throws CheckpointException if the model is missing, damaged, of a family that is not known, or
   *     in 4 bits already, or the checkpoint cannot be written
   */
  public static CheckpointQuantizer.Report write(
      Compute compute, DecoderSource source, Quantizer quantizer, Path out) {
    UnreadWeights weights = source.unread(compute.kernels(), WeightFormat.FLOAT32).weights();
    try {
      Files.createDirectories(out);
      if (source.isGguf()) {
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(source.path())) {
          writeConfig(checkpoint.config(), quantizer, out);
          GgufCompanions.write(checkpoint.file(), out);
          return write(
              compute, new GgufTensors(compute.kernels(), checkpoint), weights, quantizer, out);
        }
      }
      Path config = source.path().resolve(CONFIG);
      ObjectNode root = JsonFile.read(config);
      QuantizationConfig.requireNone(config.toString(), root);
      CheckpointCompanions.copy(source.path(), out);
      writeConfig(root, quantizer, out);
      try (NamedTensors tensors =
          new TurnedTensors(SafetensorsDirectory.open(source.path()), weights.turned())) {
        return write(compute, tensors, weights, quantizer, out);
      }
    } catch (IOException e) {
      throw new CheckpointException(out.toString(), "cannot be written: " + e, e);
    }
  }

  private static CheckpointQuantizer.Report write(
      Compute compute, NamedTensors tensors, UnreadWeights weights, Quantizer quantizer, Path out) {
    return new CheckpointQuantizer(compute.pool(), quantizer, weights.linear()::contains)
        .write(tensors, out.resolve(WEIGHTS));
  }

  /** Transformers leaves out the output layer by itself. */
  private static void writeConfig(ObjectNode config, Quantizer quantizer, Path out)
      throws IOException {
    config.set(QuantizationConfig.FIELD, QuantizationConfig.of(quantizer.config(), List.of()));
    JsonFile.write(out.resolve(CONFIG), config);
  }
}
