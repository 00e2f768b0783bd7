package io.github.lora4j.lora;

import io.github.lora4j.autograd.FrozenEmbedding;
import io.github.lora4j.autograd.LowRankEmbedding;
import io.github.lora4j.autograd.ReplacedRows;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.Arrays;

/**
 * Embeddings of a base model. Which adapter applies is an argument of the call. Immutable and
 * thread-safe.
 *
 * @param name as in the base checkpoint, for example {@code model.embed_tokens}
 * @param weight frozen, {@code [entries, cols]}
 * @param scale what the rows are multiplied by, those of the adapter too
 */
public record EmbeddingLayer(String name, FrozenMatrix weight, float scale) {
  /** True if the adapter changes what this computes. */
  public boolean changedBy(ActiveAdapter adapter) {
    return adapter.lowRank(name) != null
        || adapter.saved(name) != null
        || adapter.tokenRows(name) != null
        || adapter.baseWeight(name) != null;
  }

  /**
   * The rows of some entries, with what the adapter of each has for them.
   *
   * @return {@code [ids.length, cols]}
   */
  public Var forward(Tape tape, int[] ids, BatchAdapters adapters) {
    return EachSegment.apply(
        tape,
        ids.length,
        adapters,
        this::changedBy,
        segment ->
            one(tape, Arrays.copyOfRange(ids, segment.from(), segment.to()), segment.adapter()));
  }

  private Var one(Tape tape, int[] ids, ActiveAdapter adapter) {
    SavedModule saved = adapter.saved(name);
    if (saved != null) {
      return ReplacedRows.apply(tape, null, ids, tape.use(saved.weight()), scale);
    }
    FrozenMatrix own = adapter.baseWeight(name);
    FrozenMatrix table = own == null ? weight : own;
    Var y = FrozenEmbedding.apply(tape, table, ids, scale);
    TokenRows tokens = adapter.tokenRows(name);
    if (tokens != null) {
      y = ReplacedRows.apply(tape, y, tokens.choice(ids), tape.use(tokens.rows()), scale);
    }
    LowRank update = adapter.lowRank(name);
    return update == null ? y : updated(tape, y, ids, update, table);
  }

  private Var updated(Tape tape, Var y, int[] ids, LowRank update, FrozenMatrix table) {
    Var a = tape.use(update.a());
    Var b = tape.use(update.b());
    if (a.value().cols() != table.out() || b.value().rows() != table.in()) {
      throw new IllegalArgumentException(
          "the adapter is for "
              + a.value().cols()
              + " entries of "
              + b.value().rows()
              + " features but "
              + name
              + " has "
              + table.out()
              + " of "
              + table.in());
    }
    Var z = LowRankEmbedding.apply(tape, y, ids, a, b, update.scaling() * scale);
    if (update.magnitude() == null) {
      return z;
    }
    float[] norms = update.magnitude().columnNorms(tape.compute(), table, update);
    return LowRankEmbedding.lengthen(tape, z, tape.use(update.magnitude().vector()), norms);
  }
}
