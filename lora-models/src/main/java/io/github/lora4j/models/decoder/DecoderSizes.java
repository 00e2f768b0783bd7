package io.github.lora4j.models.decoder;

import io.github.lora4j.models.config.ConfigFields;

/**
 * The sizes that every decoder has.
 *
 * @param vocabSize tokens
 * @param hiddenSize features of a token
 * @param layers how many
 * @param heads query heads
 * @param kvHeads key and value heads
 * @param headSize features of a head
 * @param innerSize features inside the feed-forward layers
 * @param maxPositions the most tokens of a sequence
 */
public record DecoderSizes(
    int vocabSize,
    int hiddenSize,
    int layers,
    int heads,
    int kvHeads,
    int headSize,
    int innerSize,
    int maxPositions) {

  /** Checks that all are positive and the heads divide. */
  public DecoderSizes {
    positive("vocab_size", vocabSize);
    positive("hidden_size", hiddenSize);
    positive("num_hidden_layers", layers);
    positive("num_attention_heads", heads);
    positive("num_key_value_heads", kvHeads);
    positive("head_dim", headSize);
    positive("intermediate_size", innerSize);
    positive("max_position_embeddings", maxPositions);
    if (heads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "num_attention_heads " + heads + " is not a multiple of num_key_value_heads " + kvHeads);
    }
  }

  /** By the names that most families use. */
  public static DecoderSizes read(ConfigFields fields) {
    int hidden = fields.integer("hidden_size");
    int heads = fields.integer("num_attention_heads");
    return new DecoderSizes(
        fields.integer("vocab_size"),
        hidden,
        fields.integer("num_hidden_layers"),
        heads,
        fields.integer("num_key_value_heads", heads),
        fields.integer("head_dim", hidden / Math.max(1, heads)),
        fields.integer("intermediate_size"),
        fields.integer("max_position_embeddings"));
  }

  /** Features of all query heads. */
  public int queryCols() {
    return heads * headSize;
  }

  /** Features of all key heads, or of all value heads. */
  public int kvCols() {
    return kvHeads * headSize;
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " is " + value + ", not positive");
    }
  }
}
