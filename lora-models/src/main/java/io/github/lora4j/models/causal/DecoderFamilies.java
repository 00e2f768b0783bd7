package io.github.lora4j.models.causal;

import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.decoder.DecoderFamily;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.falcon.Falcon;
import io.github.lora4j.models.gemma.Gemma;
import io.github.lora4j.models.gpt2.Gpt2;
import io.github.lora4j.models.gptneox.GptNeoX;
import io.github.lora4j.models.llama.Llama;
import io.github.lora4j.models.mistral.Mistral;
import io.github.lora4j.models.phi.Phi3;
import io.github.lora4j.models.qwen.Qwen;
import io.github.lora4j.models.weights.WeightSource;
import java.util.List;

/** The families of decoders, by the {@code model_type} of their {@code config.json}. */
public final class DecoderFamilies {
  private static final List<DecoderFamily> ALL =
      List.of(
          new Llama(),
          new Mistral(),
          Qwen.second(),
          Qwen.third(),
          Gemma.second(),
          Gemma.third(),
          new Phi3(),
          new Falcon(),
          new Gpt2(),
          new GptNeoX());

  private DecoderFamilies() {}

  /** The model types that are known. */
  public static List<String> modelTypes() {
    return ALL.stream().map(DecoderFamily::modelType).toList();
  }

  /** True if a model of this type can be read. */
  public static boolean knows(String modelType) {
    return modelTypes().contains(modelType);
  }

  /**
   * Reads a model.
   *
   * @throws io.github.lora4j.checkpoint.CheckpointException also if its type is unknown; the
   *     message names those that are known
   */
  public static DecoderModel load(ConfigFields fields, WeightSource weights) {
    String type = fields.text("model_type", "");
    return ALL.stream()
        .filter(family -> family.modelType().equals(type))
        .findFirst()
        .orElseThrow(() -> fields.unsupported("model_type", String.join(", ", modelTypes())))
        .load(fields, weights);
  }
}
