package io.github.lora4j.models.encoder;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsDirectory;
import io.github.lora4j.compute.WorkerPool;
import io.github.lora4j.models.bert.EncoderConfig;
import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.config.JsonFile;
import io.github.lora4j.models.minilm.MiniLm;
import io.github.lora4j.models.weights.CheckpointQuantizer;
import io.github.lora4j.models.weights.QuantizationConfig;
import io.github.lora4j.quant.Quantizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes an encoder as a checkpoint directory with its linear layers in 4 bits, which {@link
 * TextEncoder#open} and transformers load.
 */
public final class EncoderQuantizer {
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.safetensors";
  private static final String POOLER = "pooler.dense.weight";
  private static final String TOKENIZER = "tokenizer.json";

  /** Modules beside the encoder, in the models of the families. */
  private static final List<String> HEADS =
      List.of("classifier", "pre_classifier", "cls", "lm_head", "vocab_transform", "qa_outputs");

  /** Copied if they are there. */
  private static final List<String> EXTRA =
      List.of("tokenizer_config.json", "special_tokens_map.json", "vocab.txt");

  private EncoderQuantizer() {}

  /**
   * Writes the checkpoint; its weights come last, so that a directory with weights is whole.
   *
   * @param model as for {@link TextEncoder#open}
   * @param out created if it is missing
   * @throws CheckpointException if the model is missing, damaged, or in 4 bits already, or the
   *     checkpoint cannot be written
   */
  public static CheckpointQuantizer.Report write(
      WorkerPool pool, String model, Quantizer quantizer, Path out) {
    try {
      Files.createDirectories(out);
      if (model.equals(MiniLm.NAME)) {
        AtomicFile.write(out.resolve(TOKENIZER), MiniLm.tokenizerJson());
        try (NamedTensors weights = MiniLm.weights()) {
          writeConfig(MiniLm.config().json(), weights, quantizer, out);
          return write(pool, MiniLm.config(), weights, quantizer, out);
        }
      }
      Path from = Path.of(model);
      Path config = from.resolve(CONFIG);
      EncoderConfig sizes = EncoderFamilies.config(ConfigFields.read(config));
      ObjectNode root = JsonFile.read(config);
      QuantizationConfig.requireNone(config.toString(), root);
      try (NamedTensors weights = SafetensorsDirectory.open(from)) {
        writeConfig(root, weights, quantizer, out);
        copy(from, out, TOKENIZER);
        for (String name : EXTRA) {
          if (Files.exists(from.resolve(name))) {
            copy(from, out, name);
          }
        }
        return write(pool, sizes, weights, quantizer, out);
      }
    } catch (IOException e) {
      throw new CheckpointException(out.toString(), "cannot be written: " + e, e);
    }
  }

  private static CheckpointQuantizer.Report write(
      WorkerPool pool, EncoderConfig sizes, NamedTensors weights, Quantizer quantizer, Path out)
      throws IOException {
    return new CheckpointQuantizer(pool, quantizer, sizes.names()::isLinearWeight)
        .write(weights, out.resolve(WEIGHTS));
  }

  private static void writeConfig(
      ObjectNode config, NamedTensors weights, Quantizer quantizer, Path out) throws IOException {
    boolean pooler = weights.names().stream().anyMatch(name -> name.endsWith(POOLER));
    // Transformers makes a pooler of its own if there is none, and cannot do that in 4 bits.
    Set<String> skip = new LinkedHashSet<>();
    if (!pooler) {
      skip.addAll(List.of("pooler", "classifier", "cls"));
    }
    // Heads stay as they are.
    HEADS.stream()
        .filter(head -> weights.names().stream().anyMatch(name -> name.startsWith(head + ".")))
        .forEach(skip::add);
    config.set(
        QuantizationConfig.FIELD, QuantizationConfig.of(quantizer.config(), List.copyOf(skip)));
    JsonFile.write(out.resolve(CONFIG), config);
  }

  private static void copy(Path from, Path to, String name) throws IOException {
    AtomicFile.write(to.resolve(name), Files.readAllBytes(from.resolve(name)));
  }
}
