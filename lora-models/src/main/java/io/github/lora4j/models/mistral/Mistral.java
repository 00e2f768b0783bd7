package io.github.lora4j.models.mistral;

import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.decoder.DecoderFamily;
import io.github.lora4j.models.decoder.DecoderLayer;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.decoder.DecoderSizes;
import io.github.lora4j.models.decoder.DecoderWeights;
import io.github.lora4j.models.decoder.GatedLayers;
import io.github.lora4j.models.decoder.RotaryEmbedding;
import io.github.lora4j.models.decoder.RotaryFields;
import io.github.lora4j.models.weights.WeightSource;
import java.util.ArrayList;
import java.util.List;

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
    DecoderWeights weights = parts.weights();
    int hidden = sizes.hiddenSize();
    List<DecoderLayer> layers = new ArrayList<>();
    for (int i = 0; i < sizes.layers(); i++) {
      String name = GatedLayers.layer(i);
      layers.add(
          new DecoderLayer.Sequential(
              weights.rmsNorm(name + "input_layernorm", hidden, eps),
              parts.attention(i, parts.separate(i, false), rotary, window, false),
              null,
              weights.rmsNorm(name + "post_attention_layernorm", hidden, eps),
              parts.gated(i, false),
              null));
    }
    return parts.assembly().build(layers, weights.rmsNorm("model.norm", hidden, eps));
  }
}
