package io.github.lora4j.models.gemma;

import io.github.lora4j.autograd.AttentionRules;
import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.decoder.DecoderFamily;
import io.github.lora4j.models.decoder.DecoderLayer;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.decoder.DecoderSizes;
import io.github.lora4j.models.decoder.DecoderWeights;
import io.github.lora4j.models.decoder.GatedLayers;
import io.github.lora4j.models.decoder.LayerWindows;
import io.github.lora4j.models.decoder.Norm;
import io.github.lora4j.models.decoder.RotaryEmbedding;
import io.github.lora4j.models.decoder.RotaryFields;
import io.github.lora4j.models.decoder.SelfAttention;
import io.github.lora4j.models.weights.WeightSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Gemma 2 and the text model of Gemma 3 (Gemma Team, 2024 and 2025): norms before and after each
 * part, scaled embeddings, windows in most layers; soft caps in 2, normalised queries and keys and
 * two rotary embeddings in 3.
 */
public final class Gemma implements DecoderFamily {
  private final String modelType;
  private final boolean third;

  private Gemma(String modelType, boolean third) {
    this.modelType = modelType;
    this.third = third;
  }

  /** Gemma 2. */
  public static Gemma second() {
    return new Gemma("gemma2", false);
  }

  /** The text model of Gemma 3. */
  public static Gemma third() {
    return new Gemma("gemma3_text", true);
  }

  @Override
  public String modelType() {
    return modelType;
  }

  @Override
  public DecoderModel load(ConfigFields fields, WeightSource source) {
    DecoderSizes sizes = GatedLayers.sizes(fields);
    double eps = fields.number("rms_norm_eps", 1e-6);
    boolean bias = fields.bool("attention_bias", false);
    fields.requireIfPresent("use_bidirectional_attention", "false");
    Ropes ropes = ropes(fields, sizes);
    List<Boolean> sliding = sliding(fields, sizes.layers());
    int window = fields.integer("sliding_window", 4096);
    AttentionRules rules = rules(fields, sizes);
    // Older files name the exact function but mean the approximation.
    fields.text("hidden_act", "");
    GatedLayers parts =
        new GatedLayers(
            fields, sizes, source, fields.activation("hidden_activation", "gelu_pytorch_tanh"));
    double softcap = fields.numberOrOff("final_logit_softcapping", third ? 0 : 30);
    DecoderWeights weights = parts.weights();
    int hidden = sizes.hiddenSize();
    List<DecoderLayer> layers = new ArrayList<>();
    for (int i = 0; i < sizes.layers(); i++) {
      String name = GatedLayers.layer(i);
      SelfAttention attention =
          parts.attention(
              i,
              parts.separate(i, bias),
              headNorm(weights, name + "self_attn.q_norm", sizes, eps),
              headNorm(weights, name + "self_attn.k_norm", sizes, eps),
              sliding.get(i) ? ropes.local : ropes.global,
              GatedLayers.windowed(rules, sliding.get(i) ? window : 0),
              bias);
      layers.add(
          new DecoderLayer.Sequential(
              weights.rmsNormPlusOne(name + "input_layernorm", hidden, eps),
              attention,
              weights.rmsNormPlusOne(name + "post_attention_layernorm", hidden, eps),
              weights.rmsNormPlusOne(name + "pre_feedforward_layernorm", hidden, eps),
              parts.gated(i, false),
              weights.rmsNormPlusOne(name + "post_feedforward_layernorm", hidden, eps)));
    }
    return parts
        .assembly()
        .tiedByDefault()
        .scale(Math.sqrt(hidden))
        .softcap(softcap)
        .build(layers, weights.rmsNormPlusOne("model.norm", hidden, eps));
  }

  private Norm headNorm(DecoderWeights weights, String name, DecoderSizes sizes, double eps) {
    return third ? weights.rmsNormPlusOne(name, sizes.headSize(), eps) : null;
  }

  private AttentionRules rules(ConfigFields fields, DecoderSizes sizes) {
    double scale = 1 / Math.sqrt(fields.number("query_pre_attn_scalar", 256));
    float softcap = (float) fields.numberOrOff("attn_logit_softcapping", third ? 0 : 50);
    return new AttentionRules(
        sizes.heads(), sizes.kvHeads(), (float) scale, true, 0, softcap, null);
  }

  private List<Boolean> sliding(ConfigFields fields, int layers) {
    int pattern = fields.integer("sliding_window_pattern", third ? 6 : 2);
    return LayerWindows.read(fields, layers, i -> (i + 1) % pattern != 0);
  }

  /** The embedding of layers with a window, and that of the others. */
  private record Ropes(RotaryEmbedding local, RotaryEmbedding global) {}

  private Ropes ropes(ConfigFields fields, DecoderSizes sizes) {
    RotaryFields reader = new RotaryFields(fields, sizes.headSize(), sizes.maxPositions());
    if (!third) {
      RotaryEmbedding one = reader.read();
      return new Ropes(one, one);
    }
    double localTheta = fields.number("rope_local_base_freq", 10_000);
    double globalTheta = fields.number("rope_theta", 1_000_000);
    ConfigFields parameters = fields.object("rope_parameters");
    if (parameters == null) {
      return new Ropes(
          reader.of(null, localTheta, 1), reader.of(fields.object("rope_scaling"), globalTheta, 1));
    }
    return new Ropes(
        reader.of(parameters.object("sliding_attention"), localTheta, 1),
        reader.of(parameters.object("full_attention"), globalTheta, 1));
  }
}
