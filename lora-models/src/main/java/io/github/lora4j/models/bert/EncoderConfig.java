package io.github.lora4j.models.bert;

import io.github.lora4j.compute.Activation;

/**
 * The sizes of an encoder built as BERT is: embeddings, then layers that normalise after each
 * residual. Implementations are immutable.
 */
public interface EncoderConfig {
  /** Rows of the word embeddings. */
  int vocabSize();

  /** Features of a token. */
  int hiddenSize();

  /** Layers. */
  int numHiddenLayers();

  /** Heads of the self-attention. */
  int numAttentionHeads();

  /** Features inside the feed-forward layers. */
  int intermediateSize();

  /** Activation of the feed-forward layers. */
  Activation hiddenAct();

  /** Rows of the position embeddings. */
  int maxPositionEmbeddings();

  /** Rows of the token type embeddings; 0 if the family has none. */
  int typeVocabSize();

  /** What is added to the variance before its root is taken. */
  double layerNormEps();

  /** How a checkpoint of the family calls its weights. */
  EncoderNames names();

  /** How a checkpoint of the family calls its classification head. */
  HeadNames head();

  /** The most tokens of a sequence. */
  default int maxTokens() {
    return maxPositionEmbeddings();
  }

  /**
   * Writes the rows of the position embeddings for a sequence.
   *
   * @param tokens its ids
   * @param to where they go, from {@code offset} on
   */
  default void positions(int[] tokens, int[] to, int offset) {
    for (int i = 0; i < tokens.length; i++) {
      to[offset + i] = i;
    }
  }

  /** Features of one head. */
  default int headSize() {
    return hiddenSize() / numAttentionHeads();
  }

  /**
   * Checks the sizes that every family has.
   *
   * @throws IllegalArgumentException if one is not positive or the heads do not divide the features
   */
  static void requireSizes(
      int vocabSize,
      int hiddenSize,
      int numHiddenLayers,
      int numAttentionHeads,
      int intermediateSize,
      int maxPositionEmbeddings,
      Activation hiddenAct) {
    positive("vocab_size", vocabSize);
    positive("hidden_size", hiddenSize);
    positive("num_hidden_layers", numHiddenLayers);
    positive("num_attention_heads", numAttentionHeads);
    positive("intermediate_size", intermediateSize);
    positive("max_position_embeddings", maxPositionEmbeddings);
    if (hiddenSize % numAttentionHeads != 0) {
      throw new IllegalArgumentException(
          "hidden_size "
              + hiddenSize
              + " is not a multiple of num_attention_heads "
              + numAttentionHeads);
    }
    if (hiddenAct == null) {
      throw new IllegalArgumentException("hidden_act is missing");
    }
  }

  /** Checks what is added to a variance. */
  static void requireEpsilon(double layerNormEps) {
    if (!(layerNormEps > 0 && layerNormEps < 1)) {
      throw new IllegalArgumentException("layer_norm_eps is " + layerNormEps);
    }
  }

  /** Checks a size. */
  static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " is " + value + ", not positive");
    }
  }
}
