package io.github.lora4j.models.bert;

import io.github.lora4j.adapter.ModuleShape;
import io.github.lora4j.autograd.Embedding;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LinearLayer;
import io.github.lora4j.models.weights.CheckpointWeights;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Ragged;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An encoder with frozen weights as BERT's (Devlin et al., 2018), over ragged batches; that of
 * RoBERTa and DistilBERT differs in its {@link EncoderConfig} only. Which adapter applies is an
 * argument of the call. Immutable and thread-safe.
 */
public final class BertEncoder {
  private static final String POOLER = "pooler.dense";

  private final EncoderConfig config;
  private final Var[] tables;
  private final BertLayer.Norm embeddingNorm;
  private final List<BertLayer> layers;

  private BertEncoder(
      EncoderConfig config, Var[] tables, BertLayer.Norm embeddingNorm, List<BertLayer> layers) {
    this.config = config;
    this.tables = tables;
    this.embeddingNorm = embeddingNorm;
    this.layers = layers;
  }

  /**
   * Reads the weights into the form in which {@code compute} multiplies them.
   *
   * @param weights by the names of a Hugging Face checkpoint, with or without the family's prefix;
   *     not needed afterwards
   * @throws io.github.lora4j.checkpoint.CheckpointException if a weight is missing, of another
   *     shape than {@code config} says, or not finite
   */
  public static BertEncoder load(Compute compute, EncoderConfig config, NamedTensors weights) {
    return load(config, new CheckpointWeights(compute, WeightFormat.FLOAT32, weights));
  }

  /** The same, with the weights of the linear layers in a format of choice. */
  public static BertEncoder load(EncoderConfig config, CheckpointWeights weights) {
    BertWeights read = new BertWeights(config, weights);
    int hidden = config.hiddenSize();
    List<Var> tables = new ArrayList<>();
    tables.add(read.table("embeddings.word_embeddings", config.vocabSize(), hidden));
    tables.add(
        read.table("embeddings.position_embeddings", config.maxPositionEmbeddings(), hidden));
    if (config.typeVocabSize() > 0) {
      tables.add(read.table("embeddings.token_type_embeddings", config.typeVocabSize(), hidden));
    }
    List<BertLayer> layers = new ArrayList<>();
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      layers.add(read.layer(i));
    }
    return new BertEncoder(
        config, tables.toArray(new Var[0]), read.norm("embeddings.LayerNorm"), List.copyOf(layers));
  }

  /** The sizes. */
  public EncoderConfig config() {
    return config;
  }

  /** The linear modules that an adapter can target, by their names in the checkpoint. */
  public Map<String, ModuleShape> linearModules() {
    return BertModules.of(config);
  }

  /** The frozen weights of the linear modules. */
  public Map<String, FrozenMatrix> linearWeights() {
    Map<String, FrozenMatrix> weights = new LinkedHashMap<>();
    for (BertLayer layer : layers) {
      for (LinearLayer linear :
          List.of(
              layer.query(),
              layer.key(),
              layer.value(),
              layer.attentionOutput(),
              layer.intermediate(),
              layer.output())) {
        weights.put(linear.name(), linear.weight());
      }
    }
    return weights;
  }

  /**
   * The modules beside the linear ones whose biases an adapter may replace, with their sizes:
   * norms, and the layer of BERT's pooler, which only a head computes.
   */
  public Map<String, Integer> otherBiases() {
    Map<String, Integer> sizes = new LinkedHashMap<>();
    sizes.put(embeddingNorm.name(), config.hiddenSize());
    for (BertLayer layer : layers) {
      sizes.put(layer.attentionNorm().name(), config.hiddenSize());
      sizes.put(layer.outputNorm().name(), config.hiddenSize());
    }
    sizes.put(POOLER, config.hiddenSize());
    return sizes;
  }

  /** Bytes of all frozen values. */
  public long weightBytes() {
    long values = 0;
    for (Var table : tables) {
      values += table.value().size();
    }
    long bytes = Float.BYTES * (values + embeddingNorm.size());
    for (BertLayer layer : layers) {
      bytes += layer.bytes();
    }
    return bytes;
  }

  /**
   * The last hidden states.
   *
   * @param sequences token ids with their special tokens, each of 1 to {@code config().maxTokens()}
   *     ids
   * @return {@code [batch.rows(), hidden]}, where the batch is {@code Ragged.of(sequences)}
   */
  public Var forward(Tape tape, List<int[]> sequences, Ragged batch, ActiveAdapter adapter) {
    Var embedded =
        tape.scope(
            () ->
                embeddingNorm.forward(
                    tape, Embedding.apply(tape, tables, ids(sequences, batch)), adapter));
    Var h = embedded;
    for (BertLayer layer : layers) {
      Var input = h;
      h = tape.layer(() -> layer.forward(tape, input, batch, adapter));
    }
    return h;
  }

  /** Word, position and, if the family has types, type of each token. */
  private int[][] ids(List<int[]> sequences, Ragged batch) {
    int[][] ids = new int[tables.length][batch.rows()];
    for (int s = 0; s < sequences.size(); s++) {
      int[] sequence = sequences.get(s);
      if (sequence.length == 0 || sequence.length > config.maxTokens()) {
        throw new IllegalArgumentException(
            "sequence "
                + s
                + " has "
                + sequence.length
                + " tokens, must be from 1 to "
                + config.maxTokens());
      }
      System.arraycopy(sequence, 0, ids[0], batch.start(s), sequence.length);
      config.positions(sequence, ids[1], batch.start(s));
    }
    return ids;
  }
}
