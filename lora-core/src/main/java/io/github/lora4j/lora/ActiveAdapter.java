package io.github.lora4j.lora;

import io.github.lora4j.autograd.Var;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.List;

/** The low-rank updates that apply in one call of a model. Implementations are thread-safe. */
@FunctionalInterface
public interface ActiveAdapter extends BatchAdapters {
  /** No adapter: the base model as it is. */
  ActiveAdapter NONE = module -> null;

  /** The update of a layer, by its name in the base checkpoint, or null if it has none. */
  LowRank lowRank(String module);

  /**
   * The bias that takes the place of that of the base, of a linear layer or a norm by its name in
   * the base checkpoint; null if it stays. Not to be changed.
   *
   * @return {@code [out]}
   */
  default Var bias(String module) {
    return null;
  }

  /** What takes the place of a whole module; null if that of the base stays. */
  default SavedModule saved(String module) {
    return null;
  }

  /** Rows of embeddings or of an output layer that some tokens have instead; null if none. */
  default TokenRows tokenRows(String module) {
    return null;
  }

  /**
   * The weight over which the update of embeddings or of an output layer was trained, where it is
   * not that of the base; null if it is.
   */
  default FrozenMatrix baseWeight(String module) {
    return null;
  }

  /**
   * The same with its low-rank updates multiplied. What it remembers is its own, so keep it for
   * more than one call if the adapter has DoRA.
   *
   * @param scale finite; 1 gives this adapter itself
   */
  default ActiveAdapter scaled(float scale) {
    return scale == 1 ? this : new ScaledAdapter(this, scale);
  }

  @Override
  default List<AdapterSegment> segments(int rows) {
    return List.of(new AdapterSegment(this, 0, rows));
  }
}
