package io.github.lora4j.lora;

/** The low-rank updates that apply in one call of a model. Implementations are thread-safe. */
@FunctionalInterface
public interface ActiveAdapter {
  /** No adapter: the base model as it is. */
  ActiveAdapter NONE = module -> null;

  /** The update of a layer, by its name in the base checkpoint, or null if it has none. */
  LowRank lowRank(String module);

  /**
   * The bias that takes the place of that of the base, of a linear layer or a norm by its name in
   * the base checkpoint; null if it stays. Not to be changed.
   */
  default float[] bias(String module) {
    return null;
  }
}
