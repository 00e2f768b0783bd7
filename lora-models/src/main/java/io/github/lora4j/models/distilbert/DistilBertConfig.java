package io.github.lora4j.models.distilbert;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.models.bert.EncoderConfig;
import io.github.lora4j.models.bert.EncoderNames;
import io.github.lora4j.models.bert.HeadNames;
import io.github.lora4j.models.config.ConfigFields;
import java.util.List;

/**
 * The sizes of a DistilBERT encoder (Sanh et al., 2019), by the names of a Hugging Face {@code
 * config.json}.
 *
 * @param vocabSize rows of the word embeddings
 * @param dim features of a token, a multiple of the number of heads
 * @param nLayers layers
 * @param nHeads heads of the self-attention
 * @param hiddenDim features inside the feed-forward layers
 * @param activation of the feed-forward layers
 * @param maxPositionEmbeddings the most tokens of a sequence
 */
public record DistilBertConfig(
    int vocabSize,
    int dim,
    int nLayers,
    int nHeads,
    int hiddenDim,
    Activation activation,
    int maxPositionEmbeddings)
    implements EncoderConfig {
  /** The value of {@code model_type} that this is for. */
  public static final String MODEL_TYPE = "distilbert";

  private static final HeadNames HEAD =
      new HeadNames(
          "pre_classifier", Activation.RELU, "classifier", List.of("pre_classifier", "classifier"));

  private static final EncoderNames NAMES =
      new EncoderNames(
          "distilbert.",
          "transformer.layer.",
          "attention.q_lin",
          "attention.k_lin",
          "attention.v_lin",
          "attention.out_lin",
          "sa_layer_norm",
          "ffn.lin1",
          "ffn.lin2",
          "output_layer_norm");

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if one is not positive or the heads do not divide the features
   */
  public DistilBertConfig {
    EncoderConfig.requireSizes(
        vocabSize, dim, nLayers, nHeads, hiddenDim, maxPositionEmbeddings, activation);
  }

  /**
   * Reads a configuration. Sinusoidal positions are read from the checkpoint as any others.
   *
   * @throws CheckpointException if a size is missing or wrong, or a field asks for computations
   *     that are not supported
   */
  public static DistilBertConfig of(ConfigFields json) {
    json.require("model_type", MODEL_TYPE);
    json.requireSupportedQuantization();
    json.requireAbsent("pruned_heads");
    json.requireIfPresent("chunk_size_feed_forward", "0");
    return json.make(
        fields ->
            new DistilBertConfig(
                fields.integer("vocab_size"),
                fields.integer("dim"),
                fields.integer("n_layers"),
                fields.integer("n_heads"),
                fields.integer("hidden_dim"),
                fields.activation("activation"),
                fields.integer("max_position_embeddings")));
  }

  @Override
  public int hiddenSize() {
    return dim;
  }

  @Override
  public int numHiddenLayers() {
    return nLayers;
  }

  @Override
  public int numAttentionHeads() {
    return nHeads;
  }

  @Override
  public int intermediateSize() {
    return hiddenDim;
  }

  @Override
  public Activation hiddenAct() {
    return activation;
  }

  /** None: tokens have no types. */
  @Override
  public int typeVocabSize() {
    return 0;
  }

  /** Fixed in the model, not in the file. */
  @Override
  public double layerNormEps() {
    return 1e-12;
  }

  @Override
  public HeadNames head() {
    return HEAD;
  }

  @Override
  public EncoderNames names() {
    return NAMES;
  }
}
