package io.github.lora4j.models.roberta;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.models.bert.BertConfig;
import io.github.lora4j.models.bert.EncoderConfig;
import io.github.lora4j.models.bert.EncoderNames;
import io.github.lora4j.models.bert.HeadNames;
import io.github.lora4j.models.config.ConfigFields;
import java.util.List;
import java.util.Set;

/**
 * The sizes of a RoBERTa encoder (Liu et al., 2019) or of XLM-RoBERTa, which computes the same, by
 * the names of a Hugging Face {@code config.json}.
 *
 * @param vocabSize rows of the word embeddings
 * @param hiddenSize features of a token, a multiple of the number of heads
 * @param numHiddenLayers layers
 * @param numAttentionHeads heads of the self-attention
 * @param intermediateSize features inside the feed-forward layers
 * @param hiddenAct activation of the feed-forward layers
 * @param maxPositionEmbeddings rows of the position embeddings: {@code padTokenId + 1} more than a
 *     sequence may have tokens
 * @param typeVocabSize rows of the token type embeddings
 * @param layerNormEps what is added to the variance before its root is taken
 * @param padTokenId the id of padding, behind whose row the positions begin
 */
public record RobertaConfig(
    int vocabSize,
    int hiddenSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int intermediateSize,
    Activation hiddenAct,
    int maxPositionEmbeddings,
    int typeVocabSize,
    double layerNormEps,
    int padTokenId)
    implements EncoderConfig {
  /** The values of {@code model_type} that this is for. */
  public static final Set<String> MODEL_TYPES = Set.of("roberta", "xlm-roberta");

  private static final HeadNames HEAD =
      new HeadNames(
          "classifier.dense", Activation.TANH, "classifier.out_proj", List.of("classifier"));

  private static final EncoderNames NAMES = EncoderNames.bert("roberta.");

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public RobertaConfig {
    EncoderConfig.requireSizes(
        vocabSize,
        hiddenSize,
        numHiddenLayers,
        numAttentionHeads,
        intermediateSize,
        maxPositionEmbeddings,
        hiddenAct);
    EncoderConfig.positive("type_vocab_size", typeVocabSize);
    EncoderConfig.requireEpsilon(layerNormEps);
    if (padTokenId < 0 || padTokenId >= maxPositionEmbeddings - 1) {
      throw new IllegalArgumentException(
          "pad_token_id is "
              + padTokenId
              + ", outside the "
              + maxPositionEmbeddings
              + " positions");
    }
  }

  /**
   * Reads a configuration.
   *
   * @throws CheckpointException if a size is missing or wrong, or a field asks for computations
   *     that are not supported
   */
  public static RobertaConfig of(ConfigFields json) {
    if (!MODEL_TYPES.contains(json.text("model_type", ""))) {
      throw json.unsupported("model_type", "roberta, xlm-roberta");
    }
    BertConfig.requireSupported(json);
    // The defaults are those of transformers' RobertaConfig.
    return json.make(
        fields ->
            new RobertaConfig(
                fields.integer("vocab_size"),
                fields.integer("hidden_size"),
                fields.integer("num_hidden_layers"),
                fields.integer("num_attention_heads"),
                fields.integer("intermediate_size"),
                fields.activation("hidden_act"),
                fields.integer("max_position_embeddings"),
                fields.integer("type_vocab_size", 2),
                fields.number("layer_norm_eps", 1e-12),
                fields.integer("pad_token_id", 1)));
  }

  @Override
  public HeadNames head() {
    return HEAD;
  }

  @Override
  public EncoderNames names() {
    return NAMES;
  }

  @Override
  public int maxTokens() {
    return maxPositionEmbeddings - padTokenId - 1;
  }

  /** A text may hold the padding token: it has the padding's row and is not counted. */
  @Override
  public void positions(int[] tokens, int[] to, int offset) {
    int next = padTokenId + 1;
    for (int i = 0; i < tokens.length; i++) {
      to[offset + i] = tokens[i] == padTokenId ? padTokenId : next++;
    }
  }
}
