package io.github.lora4j.models.llama;

import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.decoder.DecoderFamily;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.decoder.DecoderSizes;
import io.github.lora4j.models.decoder.GatedLayers;
import io.github.lora4j.models.decoder.RotaryEmbedding;
import io.github.lora4j.models.decoder.RotaryFields;
import io.github.lora4j.models.weights.WeightSource;

/** Llama 2 and 3 (Touvron et al., 2023; Grattafiori et al., 2024), and SmolLM2. */
public final class Llama implements DecoderFamily {
  @Override
  public String modelType() {
    return "llama";
  }

  @Override
  public DecoderModel load(ConfigFields fields, WeightSource source) {
    DecoderSizes sizes = GatedLayers.sizes(fields);
    double eps = fields.number("rms_norm_eps", 1e-6);
    boolean attentionBias = fields.bool("attention_bias", false);
    boolean mlpBias = fields.bool("mlp_bias", false);
    RotaryEmbedding rotary =
        new RotaryFields(fields, sizes.headSize(), sizes.maxPositions()).read();
    GatedLayers parts =
        new GatedLayers(fields, sizes, source, fields.activation("hidden_act", "silu"));
    return parts.sequential(
        eps,
        i -> parts.attention(i, parts.separate(i, attentionBias), rotary, 0, attentionBias),
        i -> parts.gated(i, mlpBias));
  }
}
