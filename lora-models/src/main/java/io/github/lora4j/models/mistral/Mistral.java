package io.github.lora4j.models.mistral;

import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.decoder.DecoderFamily;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.decoder.DecoderSizes;
import io.github.lora4j.models.decoder.GatedLayers;
import io.github.lora4j.models.decoder.RotaryEmbedding;
import io.github.lora4j.models.decoder.RotaryFields;
import io.github.lora4j.models.weights.WeightSource;

/** Mistral 7B (Jiang et al., 2023): attention sees a sliding window. */
public final class Mistral implements DecoderFamily {
  @Override
  public String modelType() {
    return "mistral";
  }

  @Override
  public DecoderModel load(ConfigFields fields, WeightSource source) {
    DecoderSizes sizes = GatedLayers.sizes(fields);
    double eps = fields.number("rms_norm_eps", 1e-6);
    int window = (int) fields.numberOrOff("sliding_window", 4096);
    RotaryEmbedding rotary =
        new RotaryFields(fields, sizes.headSize(), sizes.maxPositions()).read();
    GatedLayers parts =
        new GatedLayers(fields, sizes, source, fields.activation("hidden_act", "silu"));
    return parts.sequential(
        eps,
        i -> parts.attention(i, parts.separate(i, false), rotary, window, false),
        i -> parts.gated(i, false));
  }
}
