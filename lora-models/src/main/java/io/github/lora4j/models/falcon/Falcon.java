package io.github.lora4j.models.falcon;

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
import io.github.lora4j.models.decoder.RotaryEmbedding;
import io.github.lora4j.models.decoder.RotaryFields;
import io.github.lora4j.models.decoder.SelfAttention;
import io.github.lora4j.models.weights.WeightSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Falcon (Almazrouei et al., 2023) in its decoder layouts: of 7B (one key and value head for all),
 * of 40B (groups of heads, two norms), and of RW (sequential, with ALiBi).
 */
public final class Falcon implements DecoderFamily {
  @Override
  public String modelType() {
    return "falcon";
  }

  @Override
  public DecoderModel load(ConfigFields fields, WeightSource source) {
    boolean grouped = fields.bool("new_decoder_architecture", false);
    boolean shared = fields.bool("multi_query", true);
    boolean parallel = fields.bool("parallel_attn", true);
    boolean bias = fields.bool("bias", false);
    boolean alibi = fields.bool("alibi", false);
    int norms = fields.integer("num_ln_in_parallel_attn", grouped ? 2 : 1);
    if (grouped && !parallel) {
      throw fields.unsupported("parallel_attn", "true with new_decoder_architecture");
    }
    double eps = fields.number("layer_norm_epsilon", 1e-5);
    Activation activation = fields.activation("activation", "gelu");
    DecoderSizes sizes = sizes(fields, grouped, shared);
    RotaryEmbedding rotary =
        new RotaryFields(fields, sizes.headSize(), sizes.maxPositions()).read();
    AttentionRules rules = rules(sizes, alibi);
    DecoderWeights weights =
        new DecoderWeights(source, "transformer.", "transformer.word_embeddings.weight");
    int hidden = sizes.hiddenSize();
    int inner = sizes.innerSize();
    List<DecoderLayer> layers = new ArrayList<>();
    for (int i = 0; i < sizes.layers(); i++) {
      String name = "transformer.h." + i + ".";
      SelfAttention attention =
          new SelfAttention(
              i,
              sizes.headSize(),
              fused(weights, sizes, name, bias),
              null,
              null,
              alibi ? null : rotary,
              rules,
              weights.linear(name + "self_attention.dense", hidden, hidden, bias));
      FeedForward feedForward =
          new FeedForward.Plain(
              activation,
              weights.linear(name + "mlp.dense_h_to_4h", inner, hidden, bias),
              weights.linear(name + "mlp.dense_4h_to_h", hidden, inner, bias));
      if (!parallel) {
        layers.add(
            new DecoderLayer.Sequential(
                weights.layerNorm(name + "input_layernorm", hidden, eps),
                attention,
                null,
                weights.layerNorm(name + "post_attention_layernorm", hidden, eps),
                feedForward,
                null));
      } else if (norms == 2) {
        layers.add(
            new DecoderLayer.Parallel(
                weights.layerNorm(name + "ln_attn", hidden, eps),
                attention,
                weights.layerNorm(name + "ln_mlp", hidden, eps),
                feedForward));
      } else {
        layers.add(
            new DecoderLayer.Parallel(
                weights.layerNorm(name + "input_layernorm", hidden, eps),
                attention,
                null,
                feedForward));
      }
    }
    return new DecoderAssembly(fields, sizes, weights, "transformer.word_embeddings")
        .tiedByDefault()
        .build(layers, weights.layerNorm("transformer.ln_f", hidden, eps));
  }

  private static DecoderSizes sizes(ConfigFields fields, boolean grouped, boolean shared) {
    int hidden = fields.integer("hidden_size");
    int heads = fields.integer("num_attention_heads");
    int kvHeads = fields.integer("num_kv_heads", heads);
    return fields.make(
        f ->
            new DecoderSizes(
                fields.integer("vocab_size"),
                hidden,
                fields.integer("num_hidden_layers"),
                heads,
                grouped ? kvHeads : shared ? 1 : heads,
                heads > 0 && hidden % heads == 0 ? hidden / heads : 0,
                fields.integer("ffn_hidden_size", 4 * hidden),
                fields.integer("max_position_embeddings", 2048)));
  }

  /** Groups of some query heads, their key head and their value head lie one after the other. */
  private static Projections fused(
      DecoderWeights weights, DecoderSizes sizes, String name, boolean bias) {
    int d = sizes.headSize();
    int groups = sizes.kvHeads();
    int queries = sizes.heads() / groups * d;
    int stride = queries + 2 * d;
    return new Projections.Fused(
        weights.linear(
            name + "self_attention.query_key_value", groups * stride, sizes.hiddenSize(), bias),
        new Columns.Selection(0, queries, stride, groups),
        new Columns.Selection(queries, d, stride, groups),
        new Columns.Selection(queries + d, d, stride, groups));
  }

  private static AttentionRules rules(DecoderSizes sizes, boolean alibi) {
    float scale = (float) (1 / Math.sqrt(sizes.headSize()));
    float[] slopes = alibi ? AlibiSlopes.of(sizes.heads(), scale) : null;
    return new AttentionRules(sizes.heads(), sizes.kvHeads(), scale, true, 0, 0, slopes);
  }
}
