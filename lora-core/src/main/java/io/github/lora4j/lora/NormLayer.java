package io.github.lora4j.lora;

import io.github.lora4j.autograd.LayerNorm;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;

/**
 * A layer normalisation of a base model, for which an adapter may have another scale or shift.
 * Which adapter applies is an argument of the call. Immutable and thread-safe.
 *
 * @param name as in the base checkpoint, for example {@code embeddings.LayerNorm}
 * @param gamma frozen scale, {@code [cols]}
 * @param beta frozen shift, {@code [cols]}
 * @param eps added to the variance
 */
public record NormLayer(String name, Var gamma, Var beta, float eps) {
  /**
   * Normalises rows, with the values that the adapter of each has for this layer.
   *
   * @param x {@code [rows, cols]}
   * @return {@code [rows, cols]}
   */
  public Var forward(Tape tape, Var x, BatchAdapters adapters) {
    return EachSegment.apply(
        tape, x, adapters, this::changedBy, (rows, adapter) -> one(tape, rows, adapter));
  }

  private boolean changedBy(ActiveAdapter adapter) {
    return adapter.saved(name) != null || adapter.bias(name) != null;
  }

  private Var one(Tape tape, Var x, ActiveAdapter adapter) {
    SavedModule saved = adapter.saved(name);
    Var scale = saved == null || saved.weight() == null ? gamma : saved.weight();
    return LayerNorm.apply(tape, x, scale, shift(tape, saved, adapter.bias(name)), eps);
  }

  private Var shift(Tape tape, SavedModule saved, Var own) {
    if (saved != null && saved.bias() != null) {
      return saved.bias();
    }
    return own == null ? beta : tape.use(own);
  }

  /** How many frozen values it has. */
  public int size() {
    return gamma.value().size() + beta.value().size();
  }
}
