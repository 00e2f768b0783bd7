package io.github.lora4j.models.gpt2;

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
import io.github.lora4j.models.decoder.Projections;
import io.github.lora4j.models.decoder.SelfAttention;
import io.github.lora4j.models.weights.WeightSource;
import java.util.ArrayList;
import java.util.List;

/** GPT-2 (Radford et al., 2019): learned positions, weights that lie the other way round. */
public final class Gpt2 implements DecoderFamily {
  @Override
  public String modelType() {
    return "gpt2";
  }

  @Override
  public DecoderModel load(ConfigFields fields, WeightSource source) {
    fields.requireIfPresent("add_cross_attention", "false");
    // Only the order of roundings in half precision.
    fields.bool("reorder_and_upcast_attn", false);
    DecoderSizes sizes = sizes(fields);
    double eps = fields.number("layer_norm_epsilon", 1e-5);
    Activation activation = fields.activation("activation_function", "gelu_new");
    boolean scaled = fields.bool("scale_attn_weights", true);
    boolean byLayer = fields.bool("scale_attn_by_inverse_layer_idx", false);
    DecoderWeights weights = new DecoderWeights(source, "transformer.", "transformer.wte.weight");
    int hidden = sizes.hiddenSize();
    List<DecoderLayer> layers = new ArrayList<>();
    for (int i = 0; i < sizes.layers(); i++) {
      String name = "transformer.h." + i + ".";
      double scale = (scaled ? 1 / Math.sqrt(sizes.headSize()) : 1) / (byLayer ? i + 1 : 1);
      Projections fused =
          new Projections.Fused(
              weights.conv1d(name + "attn.c_attn", 3 * hidden, hidden),
              Columns.Selection.range(0, hidden),
              Columns.Selection.range(hidden, hidden),
              Columns.Selection.range(2 * hidden, hidden));
      SelfAttention attention =
          new SelfAttention(
              i,
              sizes.headSize(),
              fused,
              null,
              null,
              null,
              new AttentionRules(sizes.heads(), sizes.heads(), (float) scale, true, 0, 0, null),
              weights.conv1d(name + "attn.c_proj", hidden, hidden));
      FeedForward feedForward =
          new FeedForward.Plain(
              activation,
              weights.conv1d(name + "mlp.c_fc", sizes.innerSize(), hidden),
              weights.conv1d(name + "mlp.c_proj", hidden, sizes.innerSize()));
      layers.add(
          new DecoderLayer.Sequential(
              weights.layerNorm(name + "ln_1", hidden, eps),
              attention,
              null,
              weights.layerNorm(name + "ln_2", hidden, eps),
              feedForward,
              null));
    }
    return new DecoderAssembly(fields, sizes, weights, "transformer.wte")
        .positions("transformer.wpe")
        .tiedByDefault()
        .build(layers, weights.layerNorm("transformer.ln_f", hidden, eps));
  }

  private static DecoderSizes sizes(ConfigFields fields) {
    int hidden = fields.integer("n_embd");
    int heads = fields.integer("n_head");
    return fields.make(
        f ->
            new DecoderSizes(
                fields.integer("vocab_size"),
                hidden,
                fields.integer("n_layer"),
                heads,
                heads,
                heads > 0 && hidden % heads == 0 ? hidden / heads : 0,
                fields.integer("n_inner", 4 * hidden),
                fields.integer("n_positions")));
  }
}
