package io.github.lora4j.lora;

/** The low-rank updates that apply in one call of a model. Implementations are thread-safe. */
@FunctionalInterface
public interface ActiveAdapter {
  /** No adapter: the base model as it is. */
  ActiveAdapter NONE = module -> null;

  /** The update of a layer, by its name in the base checkpoint, or null if it has none. */
  LowRank lowRank(String module);
}
