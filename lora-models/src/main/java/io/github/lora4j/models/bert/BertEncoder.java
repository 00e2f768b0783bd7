package io.github.lora4j.models.bert;

import io.github.lora4j.adapter.ModuleShape;
import io.github.lora4j.autograd.Add;
import io.github.lora4j.autograd.Embedding;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.BatchAdapters;
import io.github.lora4j.lora.EmbeddingLayer;
import io.github.lora4j.lora.NormLayer;
import io.github.lora4j.models.weights.CheckpointWeights;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.RowMajorMatrix;
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
  private final List<EmbeddingLayer> embeddings;
  private final NormLayer embeddingNorm;
  private final List<BertLayer> layers;

  private BertEncoder(
      EncoderConfig config,
      List<EmbeddingLayer> embeddings,
      NormLayer embeddingNorm,
      List<BertLayer> layers) {
    this.config = config;
    this.embeddings = List.copyOf(embeddings);
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
    List<EmbeddingLayer> tables = new ArrayList<>();
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
    return new BertEncoder(config, tables, read.norm("embeddings.LayerNorm"), List.copyOf(layers));
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
      layer.linears().forEach(linear -> weights.put(linear.name(), linear.weight()));
    }
    return weights;
  }

  /** The biases of linear modules and norms by module, those of lower layers first. */
  public Map<String, float[]> biases() {
    Map<String, float[]> biases = new LinkedHashMap<>();
    biases.put(embeddingNorm.name(), embeddingNorm.beta().value().toArray());
    for (BertLayer layer : layers) {
      layer.linears().forEach(linear -> biases.put(linear.name(), linear.bias()));
      for (NormLayer norm : List.of(layer.attentionNorm(), layer.outputNorm())) {
        biases.put(norm.name(), norm.beta().value().toArray());
      }
    }
    return biases;
  }

  /** All modules that an adapter can target: the linear ones and the embeddings. */
  public Map<String, ModuleShape> targets() {
    Map<String, ModuleShape> targets = new LinkedHashMap<>(linearModules());
    for (EmbeddingLayer table : embeddings) {
      FrozenMatrix weight = table.weight();
      targets.put(table.name(), ModuleShape.embedding(weight.out(), weight.in()));
    }
    return targets;
  }

  /** The frozen weights of {@link #targets}. */
  public Map<String, FrozenMatrix> targetWeights() {
    Map<String, FrozenMatrix> weights = new LinkedHashMap<>(linearWeights());
    embeddings.forEach(table -> weights.put(table.name(), table.weight()));
    return weights;
  }

  /** The name of the token embeddings. */
  public String tokenEmbeddings() {
    return embeddings.get(0).name();
  }

  /** The shapes of the tensors that an adapter may replace whole, by name. */
  public Map<String, List<Integer>> replaceable() {
    Map<String, List<Integer>> shapes = new LinkedHashMap<>();
    linearModules()
        .forEach(
            (name, shape) -> {
              shapes.put(name + ".weight", List.of(shape.out(), shape.in()));
              shapes.put(name + ".bias", List.of(shape.out()));
            });
    for (EmbeddingLayer table : embeddings) {
      shapes.put(table.name() + ".weight", List.of(table.weight().out(), table.weight().in()));
    }
    List<NormLayer> norms = new ArrayList<>(List.of(embeddingNorm));
    layers.forEach(layer -> norms.addAll(List.of(layer.attentionNorm(), layer.outputNorm())));
    for (NormLayer norm : norms) {
      shapes.put(norm.name() + ".weight", List.of(config.hiddenSize()));
      shapes.put(norm.name() + ".bias", List.of(config.hiddenSize()));
    }
    return shapes;
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
    for (EmbeddingLayer table : embeddings) {
      values += (long) table.weight().out() * table.weight().in();
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
   * @param adapters of the rows of the batch, one for each token
   * @return {@code [batch.rows(), hidden]}, where the batch is {@code Ragged.of(sequences)}
   */
  public Var forward(Tape tape, List<int[]> sequences, Ragged batch, BatchAdapters adapters) {
    Var embedded =
        tape.scope(
            () ->
                embeddingNorm.forward(
                    tape, embed(tape, ids(sequences, batch), adapters), adapters));
    Var h = embedded;
    for (BertLayer layer : layers) {
      Var input = h;
      h = tape.layer(() -> layer.forward(tape, input, batch, adapters));
    }
    return h;
  }

  private Var embed(Tape tape, int[][] ids, BatchAdapters adapters) {
    if (adapters.segments(ids[0].length).stream()
        .noneMatch(s -> embeddings.stream().anyMatch(table -> table.changedBy(s.adapter())))) {
      return Embedding.apply(tape, tables(), ids);
    }
    Var sum = embeddings.get(0).forward(tape, ids[0], adapters);
    for (int t = 1; t < ids.length; t++) {
      sum = Add.apply(tape, sum, embeddings.get(t).forward(tape, ids[t], adapters));
    }
    return sum;
  }

  private Var[] tables() {
    return embeddings.stream()
        .map(table -> Var.constant(((RowMajorMatrix) table.weight()).tensor()))
        .toArray(Var[]::new);
  }

  /** Word, position and, if the family has types, type of each token. */
  private int[][] ids(List<int[]> sequences, Ragged batch) {
    int[][] ids = new int[embeddings.size()][batch.rows()];
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
