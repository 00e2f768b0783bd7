package io.github.lora4j.models.bert;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.models.config.ConfigFields;
import java.nio.file.Path;
import java.util.List;

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
    double layerNormEps)
    implements EncoderConfig {
  /** The value of {@code model_type} that this is for. */
  public static final String MODEL_TYPE = "bert";

  /** The square layer is the encoder's pooler, which adapters leave as it is. */
  private static final HeadNames HEAD =
      new HeadNames("bert.pooler.dense", Activation.TANH, "classifier", List.of("classifier"));

  private static final EncoderNames NAMES = EncoderNames.bert("bert.");

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if one is not positive or the heads do not divide the features
   */
  public BertConfig {
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
  }

  /** The content of a {@code config.json} with these sizes. */
  public ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.putArray("architectures").add("BertModel");
    json.put("model_type", MODEL_TYPE);
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
    return of(ConfigFields.read(file));
  }

  /**
   * Reads the content of a {@code config.json}.
   *
   * @param source what to call it in messages
   * @throws CheckpointException as {@link #read}
   */
  public static BertConfig parse(String source, byte[] json) {
    return of(ConfigFields.parse(source, json));
  }

  /**
   * Reads a configuration.
   *
   * @throws CheckpointException as {@link #read}
   */
  public static BertConfig of(ConfigFields json) {
    json.require("model_type", MODEL_TYPE);
    requireSupported(json);
    // The defaults are those of transformers' BertConfig.
    return json.make(
        fields ->
            new BertConfig(
                fields.integer("vocab_size"),
                fields.integer("hidden_size"),
                fields.integer("num_hidden_layers"),
                fields.integer("num_attention_heads"),
                fields.integer("intermediate_size"),
                fields.activation("hidden_act"),
                fields.integer("max_position_embeddings"),
                fields.integer("type_vocab_size", 2),
                fields.number("layer_norm_eps", 1e-12)));
  }

  /** Refuses what changes the computations of BERT and of those built like it. */
  public static void requireSupported(ConfigFields fields) {
    fields.requireIfPresent("position_embedding_type", "absolute");
    fields.requireIfPresent("is_decoder", "false");
    fields.requireIfPresent("add_cross_attention", "false");
    fields.requireSupportedQuantization();
    fields.requireAbsent("pruned_heads");
    fields.requireIfPresent("chunk_size_feed_forward", "0");
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
