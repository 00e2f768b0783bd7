package io.github.lora4j.models.qwen;

import io.github.lora4j.autograd.AttentionRules;
import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.decoder.DecoderFamily;
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
import java.util.List;

/**
 * Qwen2, Qwen2.5 (biases of queries, keys and values) and Qwen3 (normalised queries and keys) (Qwen
 * Team, 2024 and 2025).
 */
public final class Qwen implements DecoderFamily {
  private final String modelType;
  private final boolean third;

  private Qwen(String modelType, boolean third) {
    this.modelType = modelType;
    this.third = third;
  }

  /** Qwen2 and 2.5. */
  public static Qwen second() {
    return new Qwen("qwen2", false);
  }

  /** Qwen3. */
  public static Qwen third() {
    return new Qwen("qwen3", true);
  }

  @Override
  public String modelType() {
    return modelType;
  }

  @Override
  public DecoderModel load(ConfigFields fields, WeightSource source) {
    DecoderSizes sizes = GatedLayers.sizes(fields);
    double eps = fields.number("rms_norm_eps", 1e-6);
    if (!third) {
      // Queries, keys and values always have one, and the output never has.
      fields.requireIfPresent("attention_bias", "true");
    }
    boolean attentionBias = third && fields.bool("attention_bias", false);
    List<Integer> windows = windows(fields, sizes.layers());
    RotaryEmbedding rotary =
        new RotaryFields(fields, sizes.headSize(), sizes.maxPositions()).read();
    GatedLayers parts =
        new GatedLayers(fields, sizes, source, fields.activation("hidden_act", "silu"));
    return parts.sequential(
        eps,
        i -> attention(parts, sizes, i, eps, rotary, windows.get(i), attentionBias),
        i -> parts.gated(i, false));
  }

  private SelfAttention attention(
      GatedLayers parts,
      DecoderSizes sizes,
      int layer,
      double eps,
      RotaryEmbedding rotary,
      int window,
      boolean bias) {
    String name = GatedLayers.layer(layer) + "self_attn.";
    AttentionRules plain =
        AttentionRules.plain(sizes.heads(), sizes.kvHeads(), sizes.headSize(), true);
    return parts.attention(
        layer,
        parts.separate(layer, !third || bias),
        headNorm(parts.weights(), name + "q_norm", sizes, eps),
        headNorm(parts.weights(), name + "k_norm", sizes, eps),
        rotary,
        GatedLayers.windowed(plain, window),
        bias);
  }

  private Norm headNorm(DecoderWeights weights, String name, DecoderSizes sizes, double eps) {
    return third ? weights.rmsNorm(name, sizes.headSize(), eps) : null;
  }

  private static List<Integer> windows(ConfigFields fields, int layers) {
    int window = (int) fields.numberOrOff("sliding_window", 4096);
    boolean used = fields.bool("use_sliding_window", false) && window > 0;
    int full = fields.integer("max_window_layers", 28);
    return LayerWindows.read(fields, layers, i -> used && i >= full).stream()
        .map(sliding -> sliding && used ? window : 0)
        .toList();
  }
}
