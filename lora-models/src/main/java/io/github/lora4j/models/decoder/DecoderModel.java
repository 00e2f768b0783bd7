package io.github.lora4j.models.decoder;

import io.github.lora4j.adapter.ModuleShape;
import io.github.lora4j.autograd.Add;
import io.github.lora4j.autograd.FrozenCrossEntropy;
import io.github.lora4j.autograd.FrozenEmbedding;
import io.github.lora4j.autograd.FrozenLinear;
import io.github.lora4j.autograd.GatherRows;
import io.github.lora4j.autograd.Softcap;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
  private final Head head;
  private final Map<String, ModuleShape> modules;
  private final Map<String, FrozenMatrix> matrices;
  private final long bytes;

  /**
   * What tokens become first.
   *
   * @param tokens {@code [vocab, hidden]}
   * @param scale of the embeddings
   * @param positions {@code [maxPositions, hidden]}, added, or null
   */
  public record Embeddings(FrozenMatrix tokens, float scale, FrozenMatrix positions) {}

  /**
   * What makes logits out of hidden states.
   *
   * @param weight {@code [vocab, hidden]}, often that of the embeddings
   * @param bias {@code [vocab]} or null
   * @param softcap keeps logits between -softcap and softcap; 0 for none
   */
  public record Head(FrozenMatrix weight, float[] bias, float softcap) {}

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
      Head head,
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

  /** The linear modules that an adapter can target, by their names in the checkpoint. */
  public Map<String, ModuleShape> linearModules() {
    return modules;
  }

  /** The frozen weights of the linear modules. */
  public Map<String, FrozenMatrix> linearWeights() {
    return Map.copyOf(matrices);
  }

  /**
   * What to say when something computed is not finite: which weight of a matrix is not, and where,
   * if one is. It decodes all of them, so it is for failures only; those that stay in a file are
   * not searched before.
   */
  public Optional<String> nonFiniteWeight() {
    Map<String, FrozenMatrix> all = new LinkedHashMap<>();
    all.put("embeddings", embeddings.tokens);
    all.putAll(matrices);
    all.put("output layer", head.weight);
    return NonFiniteWeights.find(all);
  }

  /** Bytes of all frozen values, in memory or in a mapped file. */
  public long weightBytes() {
    return bytes;
  }

  /** An empty cache for one sequence. */
  public KvCache newCache() {
    return new KvCache(sizes.layers(), sizes.kvCols());
  }

  /**
   * The last hidden states, normalised. Caches of the batch take its tokens in.
   *
   * @return {@code [batch.rows().rows(), hidden]}
   * @throws IllegalArgumentException if a token or a position is not within the model
   */
  public Var hidden(Tape tape, DecoderBatch batch, ActiveAdapter adapter) {
    requirePositions(batch);
    DecoderPass pass = new DecoderPass(batch, adapter);
    Var h = tape.scope(() -> embed(tape, batch));
    for (DecoderLayer layer : layers) {
      Var input = h;
      h = tape.layer(() -> layer.forward(tape, input, pass));
    }
    if (batch.caches() != null) {
      for (int s = 0; s < batch.caches().size(); s++) {
        batch.caches().get(s).advance(batch.rows().length(s));
      }
    }
    return finalNorm.forward(tape, h);
  }

  private Var embed(Tape tape, DecoderBatch batch) {
    Var tokens = FrozenEmbedding.apply(tape, embeddings.tokens, batch.ids(), embeddings.scale);
    if (embeddings.positions == null) {
      return tokens;
    }
    Var positions = FrozenEmbedding.apply(tape, embeddings.positions, batch.positions(), 1f);
    return Add.apply(tape, tokens, positions);
  }

  private void requirePositions(DecoderBatch batch) {
    for (int row : batch.lastRows()) {
      if (batch.positions()[row] >= context) {
        throw new IllegalArgumentException(
            "a sequence has "
                + (batch.positions()[row] + 1)
                + " tokens, the context of the model is "
                + context);
      }
    }
  }

  /**
   * Logits of some rows.
   *
   * @param hidden as {@link #hidden} gives them
   * @param rows which rows
   * @return {@code [rows.length, vocab]}
   */
  public Var logits(Tape tape, Var hidden, int[] rows) {
    Var selected = GatherRows.apply(tape, hidden, rows);
    Var logits = FrozenLinear.apply(tape, selected, head.weight, head.bias);
    if (head.softcap > 0) {
      if (logits.requiresGrad()) {
        throw new IllegalStateException("logits with a softcap have no gradient: use loss");
      }
      Softcap.apply(logits.value().data(), 0, logits.value().size(), head.softcap);
    }
    return logits;
  }

  /**
   * The sum of the cross-entropy of some rows, divided by {@code divisor}.
   *
   * @param hidden as {@link #hidden} gives them
   * @param rows which rows
   * @param labels the next token of each of them
   */
  public Var loss(Tape tape, Var hidden, int[] rows, int[] labels, double divisor) {
    Var selected = GatherRows.apply(tape, hidden, rows);
    return FrozenCrossEntropy.apply(
        tape, selected, head.weight, head.bias, head.softcap, labels, divisor);
  }
}
