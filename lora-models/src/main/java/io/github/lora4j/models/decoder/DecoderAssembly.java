package io.github.lora4j.models.decoder;

import io.github.lora4j.lora.EmbeddingLayer;
import io.github.lora4j.lora.LinearLayer;
import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.List;

/** Puts a model together around its layers. For one thread. */
public final class DecoderAssembly {
  private final ConfigFields fields;
  private final DecoderSizes sizes;
  private final DecoderWeights weights;
  private final String embeddings;
  private String positions;
  private String head = "lm_head";
  private boolean tied;
  private float scale = 1f;
  private float softcap;

  /**
   * @param embeddings the name of the token embeddings
   */
  public DecoderAssembly(
      ConfigFields fields, DecoderSizes sizes, DecoderWeights weights, String embeddings) {
    this.fields = fields;
    this.sizes = sizes;
    this.weights = weights;
    this.embeddings = embeddings;
  }

  /** Learned positions of this name are added to the embeddings. */
  public DecoderAssembly positions(String name) {
    positions = name;
    return this;
  }

  /** The name of the output layer, if it is not {@code lm_head}. */
  public DecoderAssembly head(String name) {
    head = name;
    return this;
  }

  /** Where the configuration does not say, the output layer is the embeddings. */
  public DecoderAssembly tiedByDefault() {
    tied = true;
    return this;
  }

  /** What the embeddings are multiplied by. */
  public DecoderAssembly scale(double factor) {
    scale = (float) factor;
    return this;
  }

  /** Keeps logits between -softcap and softcap; 0 for none. */
  public DecoderAssembly softcap(double cap) {
    softcap = (float) cap;
    return this;
  }

  /**
   * The model.
   *
   * @throws io.github.lora4j.checkpoint.CheckpointException also if the configuration has a field
   *     that nobody has read
   */
  public DecoderModel build(List<DecoderLayer> layers, Norm finalNorm) {
    fields.requireSupportedQuantization();
    boolean shared = fields.bool("tie_word_embeddings", tied);
    String family = fields.text("model_type", "");
    int context = RotaryFields.context(fields, sizes.maxPositions());
    fields.requireAllSeen(DecoderFamily.HARMLESS);
    int hidden = sizes.hiddenSize();
    FrozenMatrix tokens = weights.table(embeddings, sizes.vocabSize(), hidden);
    FrozenMatrix learned =
        positions == null ? null : weights.table(positions, sizes.maxPositions(), hidden);
    FrozenMatrix output = shared ? tokens : weights.table(head, sizes.vocabSize(), hidden);
    weights.noteHead(head, sizes.vocabSize(), hidden);
    String bias = head + ".bias";
    return new DecoderModel(
        family,
        sizes,
        context,
        new DecoderModel.Embeddings(
            new EmbeddingLayer(embeddings, tokens, scale),
            learned == null ? null : new EmbeddingLayer(positions, learned, 1f)),
        layers,
        finalNorm,
        new LanguageHead(
            new LinearLayer(
                head, output, weights.has(bias) ? weights.read(bias, sizes.vocabSize()) : null),
            softcap,
            embeddings,
            shared),
        weights);
  }
}
