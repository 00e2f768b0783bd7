package io.github.lora4j.models.decoder;

import io.github.lora4j.adapter.ModuleShape;
import io.github.lora4j.adapter.TokenTables;
import io.github.lora4j.autograd.Add;
import io.github.lora4j.autograd.GatherRows;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.BatchAdapters;
import io.github.lora4j.lora.EmbeddingLayer;
import io.github.lora4j.memory.ShapeOps;
import io.github.lora4j.memory.ShapeOps.Update;
import io.github.lora4j.memory.ShapeVar;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.RunTree;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A decoder language model with frozen weights, over ragged batches. Which adapter applies is an
 * argument of the call. Immutable and thread-safe.
 */
public final class DecoderModel {
  private final String family;
  private final DecoderSizes sizes;
  private final int context;
  private final Embeddings embeddings;
  private final List<DecoderLayer> layers;
  private final Norm finalNorm;
  private final LanguageHead head;
  private final Map<String, ModuleShape> modules;
  private final Map<String, FrozenMatrix> matrices;
  private final Map<String, float[]> biases;
  private final Map<String, List<Integer>> replaceable;
  private final long bytes;

  /**
   * What tokens become first.
   *
   * @param tokens {@code [vocab, hidden]}
   * @param positions {@code [maxPositions, hidden]}, added, or null
   */
  public record Embeddings(EmbeddingLayer tokens, EmbeddingLayer positions) {}

  /**
   * @param context the most tokens of a sequence
   * @param weights the layers were read from: it knows the linear modules
   */
  public DecoderModel(
      String family,
      DecoderSizes sizes,
      int context,
      Embeddings embeddings,
      List<DecoderLayer> layers,
      Norm finalNorm,
      LanguageHead head,
      DecoderWeights weights) {
    this.family = family;
    this.sizes = sizes;
    this.context = context;
    this.embeddings = embeddings;
    this.layers = List.copyOf(layers);
    this.finalNorm = finalNorm;
    this.head = head;
    this.modules = Map.copyOf(weights.modules());
    this.matrices = new LinkedHashMap<>(weights.matrices());
    this.biases = new LinkedHashMap<>(weights.biases());
    this.replaceable = Map.copyOf(weights.replaceable());
    this.bytes = weights.bytes();
  }

  /** The model type, as in {@code config.json}. */
  public String family() {
    return family;
  }

  /** The sizes. */
  public DecoderSizes sizes() {
    return sizes;
  }

  /** The most tokens of a sequence. */
  public int context() {
    return context;
  }

  /**
   * The most tokens of sequences that may share what they begin with. In longer ones, rotary
   * embeddings may depend on the length of the whole.
   */
  public int sharingLength() {
    return layers.stream()
        .map(layer -> layer.attention().rotary())
        .filter(Objects::nonNull)
        .mapToInt(RotaryEmbedding::steadyLength)
        .reduce(context, Math::min);
  }

  /** The linear modules of the layers, by their names in the checkpoint. */
  public Map<String, ModuleShape> linearModules() {
    return modules;
  }

  /** The frozen weights of the linear modules. */
  public Map<String, FrozenMatrix> linearWeights() {
    return Map.copyOf(matrices);
  }

  /**
   * All modules that an adapter can target: those of the layers, the output layer and embeddings.
   */
  public Map<String, ModuleShape> targets() {
    Map<String, ModuleShape> targets = new LinkedHashMap<>(modules);
    FrozenMatrix output = head.layer().weight();
    targets.put(head.layer().name(), new ModuleShape(output.out(), output.in()));
    for (EmbeddingLayer table : tables()) {
      FrozenMatrix weight = table.weight();
      targets.put(table.name(), ModuleShape.embedding(weight.out(), weight.in()));
    }
    return targets;
  }

  private List<EmbeddingLayer> tables() {
    return embeddings.positions == null
        ? List.of(embeddings.tokens)
        : List.of(embeddings.tokens, embeddings.positions);
  }

  /** The frozen weights of {@link #targets}. */
  public Map<String, FrozenMatrix> targetWeights() {
    Map<String, FrozenMatrix> weights = new LinkedHashMap<>(matrices);
    weights.put(head.layer().name(), head.layer().weight());
    tables().forEach(table -> weights.put(table.name(), table.weight()));
    return weights;
  }

  /** The sizes of the shifts of norms that an adapter may replace, by the names of the norms. */
  public Map<String, Integer> otherBiases() {
    Map<String, Integer> sizes = new LinkedHashMap<>();
    biases.forEach(
        (name, values) -> {
          if (!modules.containsKey(name)) {
            sizes.put(name, values.length);
          }
        });
    return sizes;
  }

  /** The biases of linear modules and the shifts of norms by module; not to be changed. */
  public Map<String, float[]> biases() {
    return Collections.unmodifiableMap(biases);
  }

  /**
   * The shapes of the tensors that an adapter may replace whole, by their names in PEFT's files.
   */
  public Map<String, List<Integer>> replaceable() {
    return replaceable;
  }

  /** The token embeddings and the output layer. */
  public TokenTables tokenTables() {
    return new TokenTables(embeddings.tokens.name(), head.layer().name(), head.tied());
  }

  /**
   * What to say when something computed is not finite: which weight of a matrix is not, and where,
   * if one is. It decodes all of them, so it is for failures only; those that stay in a file are
   * not searched before.
   */
  public Optional<String> nonFiniteWeight() {
    Map<String, FrozenMatrix> all = new LinkedHashMap<>();
    all.put("embeddings", embeddings.tokens.weight());
    all.putAll(matrices);
    all.put("output layer", head.layer().weight());
    return NonFiniteWeights.find(all);
  }

  /** Bytes of all frozen values, in memory or in a mapped file. */
  public long weightBytes() {
    return bytes;
  }

  /** An empty cache for one sequence. */
  public KvCache newCache() {
    return new KvCache(sizes.layers(), sizes.kvHeads(), sizes.headSize());
  }

  /**
   * The last hidden states, normalised. Caches of the batch take its tokens in.
   *
   * @param adapters of the rows of the batch, one for each token
   * @return {@code [batch.rows().rows(), hidden]}
   * @throws IllegalArgumentException if a token or a position is not within the model, or if
   *     sequences share runs that are too long for it
   */
  public Var hidden(Tape tape, DecoderBatch batch, BatchAdapters adapters) {
    DecoderPass pass = new DecoderPass(batch, adapters);
    return hidden(tape, pass, pass);
  }

  /**
   * The same for some rows: what the last layer would compute of others is left out.
   *
   * @param rows which rows, each at most once
   * @param rowAdapters those of these rows
   * @return {@code [rows.length, hidden]}
   */
  public Var hidden(
      Tape tape,
      DecoderBatch batch,
      BatchAdapters adapters,
      int[] rows,
      BatchAdapters rowAdapters) {
    DecoderPass pass = new DecoderPass(batch, adapters);
    int[] all = IntStream.range(0, batch.rows().rows()).toArray();
    boolean narrow = !Arrays.equals(rows, all);
    return hidden(tape, pass, narrow ? pass.narrowed(rows, rowAdapters) : pass);
  }

  private Var hidden(Tape tape, DecoderPass pass, DecoderPass last) {
    DecoderBatch batch = pass.batch();
    requirePositions(batch);
    Var h = tape.scope(() -> embed(tape, batch, pass.adapters()));
    for (int i = 0; i < layers.size(); i++) {
      DecoderLayer layer = layers.get(i);
      DecoderPass own = i < layers.size() - 1 ? pass : last;
      Var input = h;
      h = tape.layer(() -> layer.forward(tape, input, own));
    }
    if (batch.caches() != null) {
      for (int s = 0; s < batch.caches().size(); s++) {
        batch.caches().get(s).advance(batch.rows().length(s));
      }
    }
    return finalNorm.forward(tape, h, last.keptAdapters());
  }

  /**
   * What {@link #hidden} takes for whole sequences, by shape.
   *
   * @param runs of their tokens
   * @param updates of the targeted modules, by their names
   * @param rows how many are asked for
   */
  public ShapeVar hiddenShape(ShapeOps ops, RunTree runs, Map<String, Update> updates, int rows) {
    ShapePass pass = new ShapePass(ops, runs, updates);
    ShapePass last = rows == pass.tokens() ? pass : pass.narrowed(rows);
    ShapeVar h = ops.tape().scope(() -> embeddedShape(pass));
    for (int i = 0; i < layers.size(); i++) {
      DecoderLayer layer = layers.get(i);
      ShapePass own = i < layers.size() - 1 ? pass : last;
      ShapeVar input = h;
      h = ops.tape().layer(() -> layer.shape(input, own));
    }
    return finalNorm.shape(h, last);
  }

  private ShapeVar embeddedShape(ShapePass pass) {
    ShapeVar tokens = pass.ops().embedding(pass.tokens(), sizes.hiddenSize());
    return embeddings.positions == null
        ? tokens
        : pass.ops().add(tokens, pass.ops().embedding(pass.tokens(), sizes.hiddenSize()));
  }

  /**
   * What {@link #loss} takes, by shape.
   *
   * @param selected a row for each label
   */
  public ShapeVar lossShape(ShapeOps ops, ShapeVar selected, Map<String, Update> updates) {
    return head.lossShape(ops, selected, updates);
  }

  private Var embed(Tape tape, DecoderBatch batch, BatchAdapters adapters) {
    Var tokens = embeddings.tokens.forward(tape, batch.ids(), adapters);
    if (embeddings.positions == null) {
      return tokens;
    }
    Var positions = embeddings.positions.forward(tape, batch.positions(), adapters);
    return Add.apply(tape, tokens, positions);
  }

  private void requirePositions(DecoderBatch batch) {
    int longest = 0;
    for (int row : batch.lastRows()) {
      if (batch.positions()[row] >= context) {
        throw new IllegalArgumentException(
            "a sequence has "
                + (batch.positions()[row] + 1)
                + " tokens, the context of the model is "
                + context);
      }
      longest = Math.max(longest, batch.positions()[row] + 1);
    }
    if (batch.runs().shares() && longest > sharingLength()) {
      throw new IllegalArgumentException(
          "sequences of "
              + longest
              + " tokens cannot share what they begin with, the most are "
              + sharingLength());
    }
  }

  /**
   * Logits of some rows.
   *
   * @param hidden as {@link #hidden} gives them
   * @param rows which rows
   * @param adapters those of {@link #hidden}, of the chosen rows
   * @return {@code [rows.length, vocab]}
   */
  public Var logits(Tape tape, Var hidden, int[] rows, BatchAdapters adapters) {
    return logits(tape, GatherRows.apply(tape, hidden, rows), adapters);
  }

  /**
   * Logits.
   *
   * @param hidden as {@link #hidden} gives them
   * @param adapters those of its rows
   * @return {@code [hidden.rows(), vocab]}
   */
  public Var logits(Tape tape, Var hidden, BatchAdapters adapters) {
    return head.logits(tape, hidden, adapters);
  }

  /**
   * The sum of the cross-entropy of some rows, divided by {@code divisor}.
   *
   * @param hidden as {@link #hidden} gives them
   * @param rows which rows
   * @param labels the next token of each of them
   * @param adapter the one of {@link #hidden}
   */
  public Var loss(
      Tape tape, Var hidden, int[] rows, int[] labels, double divisor, ActiveAdapter adapter) {
    return loss(tape, GatherRows.apply(tape, hidden, rows), labels, divisor, adapter);
  }

  /**
   * The sum of the cross-entropy of all rows, divided by {@code divisor}.
   *
   * @param hidden as {@link #hidden} gives them
   * @param labels the next token of each row
   * @param adapter the one of {@link #hidden}
   */
  public Var loss(Tape tape, Var hidden, int[] labels, double divisor, ActiveAdapter adapter) {
    return head.loss(tape, hidden, labels, divisor, adapter);
  }
}
