package io.github.lora4j.lora;

import io.github.lora4j.autograd.Var;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An adapter whose low-rank updates count more or less, as PEFT's {@code set_scale}; biases and
 * modules that it replaces stay. Two of the same adapter and scale are equal. Thread-safe.
 */
final class ScaledAdapter implements ActiveAdapter {
  private final ActiveAdapter adapter;
  private final float scale;

  /** Kept because an update with DoRA remembers lengths of rows, which depend on the scale. */
  private final Map<String, LowRank> updates = new ConcurrentHashMap<>();

  /**
   * @param scale finite
   */
  ScaledAdapter(ActiveAdapter adapter, float scale) {
    if (!Float.isFinite(scale)) {
      throw new IllegalArgumentException("scale is " + scale + ", must be finite");
    }
    this.adapter = adapter;
    this.scale = scale;
  }

  @Override
  public LowRank lowRank(String module) {
    LowRank known = updates.get(module);
    if (known != null) {
      return known;
    }
    LowRank update = adapter.lowRank(module);
    return update == null
        ? null
        : updates.computeIfAbsent(module, m -> update.withScaling(update.scaling() * scale));
  }

  @Override
  public Var bias(String module) {
    return adapter.bias(module);
  }

  @Override
  public SavedModule saved(String module) {
    return adapter.saved(module);
  }

  @Override
  public TokenRows tokenRows(String module) {
    return adapter.tokenRows(module);
  }

  @Override
  public FrozenMatrix baseWeight(String module) {
    return adapter.baseWeight(module);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScaledAdapter o
        && Float.compare(o.scale, scale) == 0
        && o.adapter.equals(adapter);
  }

  @Override
  public int hashCode() {
    return Objects.hash(adapter, scale);
  }
}
