package io.github.lora4j.models.phi;

import io.github.lora4j.autograd.Columns;
import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.decoder.DecoderFamily;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.decoder.DecoderSizes;
import io.github.lora4j.models.decoder.DecoderWeights;
import io.github.lora4j.models.decoder.GatedLayers;
import io.github.lora4j.models.decoder.Projections;
import io.github.lora4j.models.decoder.RotaryEmbedding;
import io.github.lora4j.models.decoder.RotaryFields;
import io.github.lora4j.models.weights.WeightSource;

/** Phi-3 (Abdin et al., 2024): queries, keys and values in one layer, gate and up in another. */
public final class Phi3 implements DecoderFamily {
  @Override
  public String modelType() {
    return "phi3";
  }

  @Override
  public DecoderModel load(ConfigFields fields, WeightSource source) {
    DecoderSizes sizes = GatedLayers.sizes(fields);
    double eps = fields.number("rms_norm_eps", 1e-5);
    int window = fields.integer("sliding_window", 0);
    RotaryEmbedding rotary =
        new RotaryFields(fields, sizes.headSize(), sizes.maxPositions()).read();
    GatedLayers parts =
        new GatedLayers(fields, sizes, source, fields.activation("hidden_act", "silu"));
    return parts.sequential(
        eps,
        i -> parts.attention(i, fused(parts.weights(), sizes, i), rotary, window, false),
        parts::fusedGated);
  }

  private static Projections fused(DecoderWeights weights, DecoderSizes sizes, int layer) {
    int queries = sizes.queryCols();
    int keys = sizes.kvCols();
    return new Projections.Fused(
        weights.linear(
            GatedLayers.layer(layer) + "self_attn.qkv_proj",
            queries + 2 * keys,
            sizes.hiddenSize(),
            false),
        Columns.Selection.range(0, queries),
        Columns.Selection.range(queries, keys),
        Columns.Selection.range(queries + keys, keys));
  }
}
