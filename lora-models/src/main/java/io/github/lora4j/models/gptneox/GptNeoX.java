package io.github.lora4j.models.gptneox;

import io.github.lora4j.autograd.AttentionRules;
import io.github.lora4j.autograd.Columns;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.decoder.DecoderAssembly;
import io.github.lora4j.models.decoder.DecoderFamily;
import io.github.lora4j.models.decoder.DecoderLayer;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.decoder.DecoderSizes;
import io.github.lora4j.models.decoder.DecoderWeights;
import io.github.lora4j.models.decoder.FeedForward;
import io.github.lora4j.models.decoder.GatedLayers;
import io.github.lora4j.models.decoder.Norm;
import io.github.lora4j.models.decoder.Projections;
import io.github.lora4j.models.decoder.RotaryEmbedding;
import io.github.lora4j.models.decoder.RotaryFields;
import io.github.lora4j.models.decoder.SelfAttention;
import io.github.lora4j.models.weights.WeightSource;
import java.util.ArrayList;
import java.util.List;

/**
 * GPT-NeoX and Pythia (Black et al., 2022; Biderman et al., 2023): attention and feed-forward side
 * by side, and a part of each head rotated.
 */
public final class GptNeoX implements DecoderFamily {
  @Override
  public String modelType() {
    return "gpt_neox";
  }

  @Override
  public DecoderModel load(ConfigFields fields, WeightSource source) {
    fields.requireIfPresent("is_decoder", "false");
    DecoderSizes sizes = GatedLayers.sizes(fields);
    double eps = fields.number("layer_norm_eps", 1e-5);
    boolean bias = fields.bool("attention_bias", true);
    boolean parallel = fields.bool("use_parallel_residual", true);
    Activation activation = fields.activation("hidden_act", "gelu");
    RotaryEmbedding rotary =
        new RotaryFields(fields, sizes.headSize(), sizes.maxPositions())
            .read("rotary_emb_base", fields.number("rope_theta", 10_000), "rotary_pct", 0.25);
    DecoderWeights weights = new DecoderWeights(source, "gpt_neox.", "gpt_neox.embed_in.weight");
    int hidden = sizes.hiddenSize();
    List<DecoderLayer> layers = new ArrayList<>();
    for (int i = 0; i < sizes.layers(); i++) {
      String name = "gpt_neox.layers." + i + ".";
      SelfAttention attention =
          new SelfAttention(
              i,
              sizes.headSize(),
              fused(weights, sizes, name, bias),
              null,
              null,
              rotary,
              AttentionRules.plain(sizes.heads(), sizes.heads(), sizes.headSize(), true),
              weights.linear(name + "attention.dense", hidden, hidden, bias));
      FeedForward feedForward =
          new FeedForward.Plain(
              activation,
              weights.linear(name + "mlp.dense_h_to_4h", sizes.innerSize(), hidden, true),
              weights.linear(name + "mlp.dense_4h_to_h", hidden, sizes.innerSize(), true));
      Norm before = weights.layerNorm(name + "input_layernorm", hidden, eps);
      Norm after = weights.layerNorm(name + "post_attention_layernorm", hidden, eps);
      layers.add(
          parallel
              ? new DecoderLayer.Parallel(before, attention, after, feedForward)
              : new DecoderLayer.Sequential(before, attention, null, after, feedForward, null));
    }
    return new DecoderAssembly(fields, sizes, weights, "gpt_neox.embed_in")
        .head("embed_out")
        .build(layers, weights.layerNorm("gpt_neox.final_layer_norm", hidden, eps));
  }

  /** Query, key and value of a head lie together. */
  private static Projections fused(
      DecoderWeights weights, DecoderSizes sizes, String name, boolean bias) {
    int d = sizes.headSize();
    int hidden = sizes.hiddenSize();
    return new Projections.Fused(
        weights.linear(name + "attention.query_key_value", 3 * hidden, hidden, bias),
        new Columns.Selection(0, d, 3 * d, sizes.heads()),
        new Columns.Selection(d, d, 3 * d, sizes.heads()),
        new Columns.Selection(2 * d, d, 3 * d, sizes.heads()));
  }
}
