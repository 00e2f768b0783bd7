package io.github.lora4j.models.bert;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.models.config.ConfigFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The sizes of a BERT encoder, by the names of a Hugging Face {@code config.json}.
 *
 * @param vocabSize rows of the word embeddings
 * @param hiddenSize features of a token, a multiple of the number of heads
 * @param numHiddenLayers layers
 * @param numAttentionHeads heads of the self-attention
 * @param intermediateSize features inside the feed-forward layers
 * @param hiddenAct activation of the feed-forward layers
 * @param maxPositionEmbeddings the most tokens of a sequence
 * @param typeVocabSize rows of the token type embeddings
 * @param layerNormEps what is added to the variance before its root is taken
 */
public record BertConfig(
    int vocabSize,
    int hiddenSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int intermediateSize,
    Activation hiddenAct,
    int maxPositionEmbeddings,
    int typeVocabSize,
    double layerNormEps) {

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if one is not positive or the heads do not divide the features
   */
  public BertConfig {
    positive("vocab_size", vocabSize);
    positive("hidden_size", hiddenSize);
    positive("num_hidden_layers", numHiddenLayers);
    positive("num_attention_heads", numAttentionHeads);
    positive("intermediate_size", intermediateSize);
    positive("max_position_embeddings", maxPositionEmbeddings);
    positive("type_vocab_size", typeVocabSize);
    if (hiddenSize % numAttentionHeads != 0) {
      throw new IllegalArgumentException(
          "hidden_size "
              + hiddenSize
              + " is not a multiple of num_attention_heads "
              + numAttentionHeads);
    }
    if (!(layerNormEps > 0 && layerNormEps < 1)) {
      throw new IllegalArgumentException("layer_norm_eps is " + layerNormEps);
    }
    if (hiddenAct == null) {
      throw new IllegalArgumentException("hidden_act is missing");
    }
  }

  /** The content of a {@code config.json} with these sizes. */
  public ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.putArray("architectures").add("BertModel");
    json.put("model_type", "bert");
    json.put("vocab_size", vocabSize);
    json.put("hidden_size", hiddenSize);
    json.put("num_hidden_layers", numHiddenLayers);
    json.put("num_attention_heads", numAttentionHeads);
    json.put("intermediate_size", intermediateSize);
    json.put("hidden_act", hiddenAct.id());
    json.put("max_position_embeddings", maxPositionEmbeddings);
    json.put("type_vocab_size", typeVocabSize);
    json.put("layer_norm_eps", layerNormEps);
    json.put("dtype", "float32");
    return json;
  }

  /**
   * Reads a {@code config.json} of model type {@code bert}. Its dropout probabilities are not used,
   * as the weights of the encoder are not trained.
   *
   * @throws CheckpointException if the file cannot be read, a size is missing or wrong, or a field
   *     asks for computations that are not supported
   */
  public static BertConfig read(Path file) {
    try {
      return parse(file.toString(), Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new CheckpointException(file.toString(), "no such file", e);
    } catch (IOException e) {
      throw new CheckpointException(file.toString(), "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  /**
   * Reads the content of a {@code config.json}.
   *
   * @param source what to call it in messages
   * @throws CheckpointException as {@link #read}
   */
  public static BertConfig parse(String source, byte[] json) {
    ConfigFields fields = ConfigFields.parse(source, json);
    fields.require("model_type", "bert");
    fields.requireIfPresent("position_embedding_type", "absolute");
    fields.requireIfPresent("is_decoder", "false");
    fields.requireIfPresent("add_cross_attention", "false");
    fields.requireSupportedQuantization();
    fields.requireAbsent("pruned_heads");
    fields.requireIfPresent("chunk_size_feed_forward", "0");
    String activation = fields.text("hidden_act", "gelu");
    try {
      // The defaults are those of transformers' BertConfig.
      return new BertConfig(
          fields.integer("vocab_size"),
          fields.integer("hidden_size"),
          fields.integer("num_hidden_layers"),
          fields.integer("num_attention_heads"),
          fields.integer("intermediate_size"),
          Activation.of(activation)
              .orElseThrow(
                  () -> fields.unsupported("hidden_act", Activation.knownNames().toString())),
          fields.integer("max_position_embeddings"),
          fields.integer("type_vocab_size", 2),
          fields.number("layer_norm_eps", 1e-12));
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(source, e.getMessage(), e);
    }
  }

  /** Features of one head. */
  public int headSize() {
    return hiddenSize / numAttentionHeads;
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " is " + value + ", not positive");
    }
  }
}
