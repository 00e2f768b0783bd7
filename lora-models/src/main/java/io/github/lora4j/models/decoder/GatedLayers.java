package io.github.lora4j.models.decoder;

import io.github.lora4j.autograd.AttentionRules;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.weights.WeightSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The parts of models that name and order them as Llama does: {@code model.layers.N.self_attn} and
 * {@code .mlp}. For one thread.
 */
public final class GatedLayers {
  private static final String EMBEDDINGS = "model.embed_tokens";

  private final ConfigFields fields;
  private final DecoderSizes sizes;
  private final DecoderWeights weights;
  private final Activation activation;

  /**
   * @param activation of the feed-forward layers
   */
  public GatedLayers(
      ConfigFields fields, DecoderSizes sizes, WeightSource source, Activation activation) {
    this.fields = fields;
    this.sizes = sizes;
    this.weights = new DecoderWeights(source, "model.", EMBEDDINGS + ".weight");
    this.activation = activation;
  }

  /** What the layers are read from. */
  public DecoderWeights weights() {
    return weights;
  }

  /** The name of a layer, with a dot. */
  public static String layer(int number) {
    return "model.layers." + number + ".";
  }

  /** Queries, keys and values by a layer each. */
  public Projections separate(int layer, boolean bias) {
    String name = layer(layer) + "self_attn.";
    int hidden = sizes.hiddenSize();
    return new Projections.Separate(
        weights.linear(name + "q_proj", sizes.queryCols(), hidden, bias),
        weights.linear(name + "k_proj", sizes.kvCols(), hidden, bias),
        weights.linear(name + "v_proj", sizes.kvCols(), hidden, bias));
  }

  /** Attention over these projections, its output without a norm of heads. */
  public SelfAttention attention(
      int layer, Projections projections, RotaryEmbedding rotary, int window, boolean bias) {
    AttentionRules plain =
        AttentionRules.plain(sizes.heads(), sizes.kvHeads(), sizes.headSize(), true);
    return attention(layer, projections, null, null, rotary, windowed(plain, window), bias);
  }

  /** Rules that see so far back, everything if it is 0. */
  public static AttentionRules windowed(AttentionRules rules, int window) {
    return new AttentionRules(
        rules.heads(), rules.kvHeads(), rules.scale(), true, window, rules.softcap(), null);
  }

  /** Attention with everything that a family may choose. */
  public SelfAttention attention(
      int layer,
      Projections projections,
      Norm queryNorm,
      Norm keyNorm,
      RotaryEmbedding rotary,
      AttentionRules rules,
      boolean bias) {
    return new SelfAttention(
        layer,
        sizes.headSize(),
        projections,
        queryNorm,
        keyNorm,
        rotary,
        rules,
        weights.linear(
            layer(layer) + "self_attn.o_proj", sizes.hiddenSize(), sizes.queryCols(), bias));
  }

  /** A feed-forward network with a gate. */
  public FeedForward gated(int layer, boolean bias) {
    String name = layer(layer) + "mlp.";
    int hidden = sizes.hiddenSize();
    int inner = sizes.innerSize();
    return new FeedForward.Gated(
        activation,
        weights.linear(name + "gate_proj", inner, hidden, bias),
        weights.linear(name + "up_proj", inner, hidden, bias),
        weights.linear(name + "down_proj", hidden, inner, bias));
  }

  /** A feed-forward network with gate and up in one. */
  public FeedForward fusedGated(int layer) {
    String name = layer(layer) + "mlp.";
    int hidden = sizes.hiddenSize();
    int inner = sizes.innerSize();
    return new FeedForward.FusedGated(
        activation,
        weights.linear(name + "gate_up_proj", 2 * inner, hidden, false),
        weights.linear(name + "down_proj", hidden, inner, false));
  }

  /**
   * The whole model: in each layer attention and a feed-forward network, each behind an RMS norm.
   *
   * @param eps of the norms
   * @param attention by number of the layer
   * @param feedForward by number of the layer
   */
  public DecoderModel sequential(
      double eps, IntFunction<SelfAttention> attention, IntFunction<FeedForward> feedForward) {
    int hidden = sizes.hiddenSize();
    List<DecoderLayer> layers = new ArrayList<>();
    for (int i = 0; i < sizes.layers(); i++) {
      String name = layer(i);
      layers.add(
          new DecoderLayer.Sequential(
              weights.rmsNorm(name + "input_layernorm", hidden, eps),
              attention.apply(i),
              null,
              weights.rmsNorm(name + "post_attention_layernorm", hidden, eps),
              feedForward.apply(i),
              null));
    }
    return assembly().build(layers, weights.rmsNorm("model.norm", hidden, eps));
  }

  /** The whole model around its layers. */
  public DecoderAssembly assembly() {
    return new DecoderAssembly(fields, sizes, weights, EMBEDDINGS);
  }

  /** Sizes, with a wrong one as the error of the file. */
  public static DecoderSizes sizes(ConfigFields fields) {
    return fields.make(DecoderSizes::read);
  }
}
